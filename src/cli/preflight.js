/**
 * Runs a module under a Node that can read it: plain JavaScript, with no imports at the top that an old Node lacks.
 *
 * In the repository the right Node is a dependency, so what an older Node started goes on there. npm's scripts call this
 * file with a module and its arguments; the published command calls `run`.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The oldest Node that does: it strips types, and is what package.json asks for. */
const needed = [22, 19]
/** How often a parent that has gone is looked for. ms */
const parentEveryMs = 500

/**
 * Runs a module as if it had been called itself.
 *
 * @param {string} file absolute
 */
export async function run(file) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
    whenOrphaned(() => process.kill(process.pid, 'SIGHUP'))
    process.argv[1] = file
    keepCompiled()
    await import(pathToFileURL(file).href)
    return
  }
  const folder = bundledFolder()
  const bundled = folder === undefined ? undefined : `${folder}/bin/node`
  if (bundled !== undefined && existsSync(bundled)) goOnIn(bundled, file)
  else {
    const help =
      folder === undefined && isClone()
        ? 'run `npm ci` first: it brings the right Node along'
        : folder === undefined
        ? 'install a newer Node, or add one to your project: npm install --save-dev node@24'
        : 'npm has not run the install script of the package `node`, which brings the right one: `npm rebuild node`, after `npm install-scripts approve node` where npm blocks it'
    console.error(
      `error: Meshwright needs Node ${needed.join('.')} or newer; this is ${process.versions.node}\n = help: ${help}`,
    )
    process.exitCode = 2
  }
}

/** Compiling our own code is a third of a short command's time: Node keeps it beside the Envoy that we keep. */
function keepCompiled() {
  try {
    const { HOME, NODE_COMPILE_CACHE, XDG_CACHE_HOME: xdg } = process.env
    if (NODE_COMPILE_CACHE !== undefined) return
    const cache = xdg && isAbsolute(xdg) ? xdg : join(HOME || homedir(), '.cache')
    nodeModule.enableCompileCache?.(join(cache, 'meshwright', 'compiled'))
  } catch {
    // A user without a home: it goes without.
  }
}

/** Is this the repository itself, and not the package in a project? */
function isClone() {
  return existsSync(fileURLToPath(new URL('../../package-lock.json', import.meta.url)))
}

/** The package `node` of this repository, or of the project that depends on us: looked for upwards from this file. */
function bundledFolder() {
  return ['..', '../..', '../../..']
    .map(up => fileURLToPath(new URL(`${up}/node_modules/node`, import.meta.url)))
    .find(folder => existsSync(`${folder}/package.json`))
}

/**
 * npm hands a signal to the shell between us, which ends by it alone: then nobody else tells us that all is over.
 *
 * @param {() => void} end
 */
function whenOrphaned(end) {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    end()
  }, parentEveryMs)
  watch.unref()
}

/** Signals go on to the other Node, and its end is the end of this one. */
function goOnIn(node, file) {
  const child = spawn(node, [...process.execArgv, file, ...process.argv.slice(2)], { stdio: 'inherit' })
  whenOrphaned(() => child.kill('SIGHUP'))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    for (const each of signals) process.removeAllListeners(each)
    if (signal === null) process.exitCode = code
    else process.kill(process.pid, signal)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.argv.splice(1, 1)
  await run(resolve(process.argv[1]))
}
