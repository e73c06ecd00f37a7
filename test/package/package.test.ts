/** What npm makes of this repository: a lock file that all npms take, and a package that works where it is installed. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { getPage } from '../local/ask.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'

const root = join(import.meta.dirname, '../..')
const envoy = findTestEnvoy() ?? ''
/** The oldest Node that the package asks for. */
const oldest = '22.19.0'
/** Unlike that of another run on this machine: loopback addresses are shared by all. */
const range = `127.${210 + (process.pid % 40)}.0.0`
/** What npm has fetched once is not fetched again, and it says nothing but errors. */
const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

interface Finished {
  readonly code: number
  readonly text: string
}

/** @param node the folder of the Node that runs it; default: this one's */
function run(cwd: string, command: readonly string[], node = dirname(process.execPath)): Promise<Finished> {
  // npm hands its own settings to scripts; here they would turn up in other folders' npm.
  const own = Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name))
  const env = {
    ...Object.fromEntries(own),
    PATH: [node, process.env['PATH']].join(delimiter),
    XDG_RUNTIME_DIR: join(cwd, '.run'),
    ...(envoy === '' ? {} : { MESH_ENVOY: envoy }),
  }
  return new Promise(resolve => {
    execFile(command[0]!, command.slice(1), { cwd, env, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr })
    })
  })
}

async function mustRun(cwd: string, command: readonly string[], node?: string): Promise<string> {
  const { code, text } = await run(cwd, command, node)
  assert.equal(code, 0, `${command.join(' ')}: ${text}`)
  return text
}

function unreachable(): string | false {
  const asked = ['view', 'commander@15.1.0', 'version', '--fetch-retries=0', '--fetch-timeout=5000', '--loglevel=error']
  const { status } = spawnSync('npm', asked, { encoding: 'utf8', timeout: 15_000 })
  return status === 0 ? false : 'the registry of npm packages cannot be reached'
}

describe('the package', { skip: unreachable() }, () => {
  let work: string
  let tarball: string
  before(async () => {
    work = mkdtempSync(join(tmpdir(), 'mesh-package-'))
    const copy = join(work, 'copy')
    const left = ['node_modules', 'dist', '.git']
    cpSync(root, copy, { recursive: true, filter: path => !left.some(name => path === join(root, name)) })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    // npm pack runs `prepare`, which makes dist/.
    await mustRun(copy, ['npm', 'pack', '--pack-destination', work, '--loglevel=error'])
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
    tarball = join(work, `meshwright-${version}.tgz`)
    await addTool('node', oldest)
    await addTool('typescript', '5.9')
  })
  after(() => rmSync(work, { recursive: true, force: true }))

  /** Installs a program that the tests need, in a folder of its own. */
  async function addTool(name: string, version: string): Promise<void> {
    const folder = join(work, name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{"private":true,"allowScripts":{"node":true}}')
    await mustRun(folder, ['npm', 'install', ...quiet, `${name}@${version}`])
  }

  for (const npm of ['10', '12'])
    it(`has a lock file that npm ${npm} takes`, async () => {
      const folder = join(work, `lock-${npm}`)
      mkdirSync(folder)
      for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(folder, file))
      const ci = ['ci', '--dry-run', '--ignore-scripts', ...quiet]
      await mustRun(folder, ['npm', 'exec', '--yes', ...quiet, '--', `npm@${npm}`, ...ci])
    })

  const nodes = [
    [oldest, () => join(work, 'node/node_modules/node/bin')],
    [process.versions.node, () => dirname(process.execPath)],
  ] as const
  for (const [version, folderOf] of nodes)
    it(`works in an empty folder on Node ${version}`, async t => {
      const node = folderOf()
      const user = join(work, `user-${version}`)
      mkdirSync(join(user, '.run'), { recursive: true, mode: 0o700 })
      const npx = (...command: string[]) => mustRun(user, ['npx', '--no-install', ...command], node)
      // What npx finds, without the half second that it takes to: `init` and `up` show that it does.
      const found = (name: string) => join(user, 'node_modules/.bin', name)
      const mesh = (...args: string[]) => mustRun(user, [found('meshwright'), ...args], node)
      assert.match(await mustRun(user, ['node', '--version'], node), new RegExp(`^v${version}$`, 'm'))
      await mustRun(user, ['npm', 'install', ...quiet, tarball], node)
      await npx('meshwright', 'init')
      assert.match(await mesh('check'), /^no findings$/m)
      const build = await mesh('build', ...(envoy === '' ? [] : ['--verify']))
      assert.match(build, /^out: 16 files, 16 written/m)
      await mustRun(user, [found('tsc'), '-p', '.'], node)
      await mustRun(user, ['node', join(work, 'typescript/node_modules/typescript/bin/tsc'), '-p', '.'], node)
      if (withoutEnvoy) return t.diagnostic(`mesh up was left out: ${withoutEnvoy}`)
      const port = await freePort()
      const up = await npx('meshwright', 'up', '--detach', '--gateway-port', String(port), '--address-range', range)
      assert.match(up, /stop it with `npx mesh down \.`/)
      try {
        const { status, body } = await getPage(`http://127.0.0.1:${port}/`)
        assert.equal(status, 200, body)
        assert.match(body, /Hello/)
      } finally {
        await mesh('down')
      }
      assert.equal((await getPage(`http://127.0.0.1:${port}/`)).status, 0)
    })

  it('tells TypeScript what a mesh may not say', async () => {
    const user = join(work, `user-${oldest}`)
    writeFileSync(
      join(user, 'mesh.ts'),
      "import { service } from 'meshwright'\nexport const web = service('web', { port: '80' })\n",
    )
    for (const tsc of [join(user, 'node_modules'), join(work, 'typescript/node_modules')]) {
      const { code, text } = await run(user, ['node', join(tsc, 'typescript/bin/tsc'), '-p', '.', '--pretty', 'false'])
      assert.notEqual(code, 0)
      assert.match(text, /^mesh\.ts\(2,37\): error TS2322: Type 'string' is not assignable to type 'number'/m)
    }
  })
})
