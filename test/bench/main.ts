/**
 * `npm run bench`: what compiling, serving and a cluster's agent cost. Prints tables; asserts nothing, for machines differ.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { clusterBench, usualCluster } from './cluster.ts'
import { answer, row } from './report.ts'
import { writeSyntheticMesh, writeYamlMesh } from './synthetic-mesh.ts'

const folder = import.meta.dirname
const usage = `npm run bench [-- PART…]     all parts, or those that are named:

  compile    what compiling a folder costs
  xds        what pushing to Envoys costs
  cluster    what a cluster's agent costs with 2000 sidecars: needs Linux, openssl and, the first time, Go
  smoke      the smallest case of compile and xds, to see that they run

  --profile FOLDER   writes a CPU profile of each of the cluster's agents there
`
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', short: 'h' }, profile: { type: 'string' } },
})
const isSmoke = positionals.includes('smoke')

const compileWidths = [10, 10, 10, 12, 12, 10]

function compileBench(): void {
  console.log('Compile (TypeScript, one version each, a route for every tenth; in a fresh process)')
  row(['services', 'mode', 'cold ms', 'one edit ms', 'one proxy ms', 'peak MB'], compileWidths)
  for (const count of isSmoke ? [100] : [100, 1000, 5000])
    for (const mode of ['typed', 'untyped'])
      compileOnce(count, mode, folder => writeSyntheticMesh(folder, count, { isScoped: true }))
  console.log('\nCompile (YAML, a VirtualService with two rules and a DestinationRule with two subsets each)')
  row(['services', 'mode', 'cold ms', 'one edit ms', 'one proxy ms', 'peak MB'], compileWidths)
  for (const count of isSmoke ? [100] : [1000]) compileOnce(count, 'yaml', folder => writeYamlMesh(folder, count))
}

function compileOnce(count: number, mode: string, write: (folder: string) => void): void {
  const mesh = mkdtempSync(join(tmpdir(), 'mesh-bench-'))
  write(mesh)
  const text = execFileSync(process.execPath, ['--conditions=source', join(folder, 'compile-once.ts'), mesh, mode], {
    encoding: 'utf8',
  })
  const { coldMs, editedMs, emitMs, peakMb } = JSON.parse(text) as { [figure: string]: number }
  row(
    [count, mode, Math.round(coldMs!), Math.round(editedMs!), Math.round(emitMs!), Math.round(peakMb!)],
    compileWidths,
  )
  rmSync(mesh, { recursive: true })
}

async function ask<T>(child: ChildProcess, step: string): Promise<T> {
  const reply = answer<T>(child)
  child.send(step)
  return reply
}

interface Usage {
  readonly cpuMs: number
  readonly rssMb: number
}

async function measureXds(streams: number, kind: 'like' | 'own', widths: readonly number[]): Promise<void> {
  const options = { execArgv: ['--conditions=source'] }
  const server = fork(join(folder, 'xds-server.ts'), ['100'], options)
  const { address } = await answer<{ address: { port: number } }>(server)
  const load = fork(join(folder, 'xds-load.ts'), [String(address.port), String(streams), kind], options)
  await new Promise(resolve => load.once('spawn', resolve))
  await ask(server, 'start')
  const initial = await ask<{ ms: number; kb: number; resources: number }>(load, 'connect')
  const first = await ask<Usage>(server, 'usage')
  const line = [
    kind,
    streams,
    'connect',
    Math.round(initial.ms),
    Math.round(first.cpuMs),
    Math.round(first.rssMb),
    Math.round(initial.kb),
    initial.resources,
  ]
  row(line, widths)
  for (const step of ['route', 'endpoint']) {
    // Nothing changes before all clients wait for it: what comes earlier than that would be waited for in vain.
    await ask(load, step)
    const changed = answer<{ ms: number }>(load)
    await ask(server, step)
    const { ms } = await changed
    const usage = await ask<Usage>(server, 'usage')
    row([kind, streams, step, Math.round(ms), Math.round(usage.cpuMs), Math.round(usage.rssMb), '', ''], widths)
  }
  for (const child of [load, server]) {
    child.removeAllListeners('exit')
    child.disconnect()
  }
}

async function xdsBench(): Promise<void> {
  const widths = [6, 8, 9, 9, 14, 13, 10, 10]
  console.log('\nxDS (delta ADS, 100 HTTP services, unscoped; server and clients in processes of their own)')
  row(['kind', 'streams', 'step', 'wall ms', 'server CPU ms', 'server RSS MB', 'kB/client', 'resources'], widths)
  for (const kind of ['like', 'own'] as const)
    for (const streams of isSmoke ? [10] : [1, 100, 500]) await measureXds(streams, kind, widths)
  console.log(
    '\nlike: sidecars of one namespace. own: each in a namespace of its own, with labels, inbound and routes that no other has.',
  )
}

const parts: { readonly [name: string]: () => void | Promise<void> } = {
  compile: compileBench,
  xds: xdsBench,
  cluster: () =>
    clusterBench({ ...usualCluster, ...(values.profile === undefined ? {} : { profile: values.profile }) }),
}

async function main(): Promise<number> {
  const unknown = positionals.find(name => !(name in parts) && name !== 'smoke')
  if (unknown !== undefined) console.error(`there is no part ${unknown}`)
  if (unknown !== undefined || values.help === true) {
    console.log(usage)
    return unknown === undefined ? 0 : 2
  }
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}\n`,
  )
  const named = isSmoke ? ['compile', 'xds'] : positionals.length > 0 ? positionals : Object.keys(parts)
  for (const name of named) await parts[name]?.()
  return 0
}

process.exitCode = await main()
