import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Command } from 'commander'
import { commandGroups } from '../../src/cli/commands/index.ts'
import { RevisionReport } from '../../src/cli/revision-report.ts'
import { renderAge, renderStatusTable } from '../../src/cli/status-table.ts'
import { painter } from '../../src/cli/terminal.ts'
import type { InstanceStatus } from '../../src/local/status.ts'
import { entry, meshOfFile } from './run-mesh.ts'

const meshIn = meshOfFile()
const mesh = (...args: string[]) => meshIn(process.cwd(), args)

function helpOf(command: Command): string {
  let help = ''
  command.configureOutput({
    writeOut(text) {
      help += text
    },
  })
  command.outputHelp()
  return help
}

describe('mesh', () => {
  it('lists its commands, and gives each a help with examples', async () => {
    const { code, stdout } = await mesh('--help')
    assert.equal(code, 0)
    for (const create of commandGroups.flatMap(({ commands }) => commands)) {
      const command = create(() => {})
      assert.match(stdout, new RegExp(`^  ${command.name()} .*`, 'm'))
      // A command of commands has nothing to show but theirs.
      for (const leaf of command.commands.length === 0 ? [command] : command.commands)
        assert.match(helpOf(leaf), /Examples:\n {2}\$ (\S.* )?mesh /, leaf.name())
    }
  })

  it('lists in a help what the command takes, once, and what all take', async () => {
    const { stdout } = await mesh('identity', 'rotate-root', '--help')
    assert.equal(stdout.split('--kubeconfig').length, 2)
    assert.doesNotMatch(stdout, /--roots/)
    assert.match(stdout, /Global Options:\n {2}--version .*\n {2}--debug /)
    for (const word of ['describe', 'proxy', 'join-token', 'identity'])
      assert.match((await mesh(word, '--help')).stdout, /^ {2}help .*print the help of a command$/m, word)
  })

  it('fits its help on a screen, a line for each command, in groups', async () => {
    const lines = (await mesh('--help')).stdout.trimEnd().split('\n')
    assert.ok(lines.length <= 48, `${lines.length} lines`)
    assert.deepEqual(
      lines.filter(line => line.length > 80),
      [],
    )
    const from = lines.indexOf(commandGroups[0]!.heading)
    assert.ok(from > 0)
    const listed = lines.slice(from).filter(line => line !== '')
    const names = listed.filter(line => line.startsWith('  ')).map(line => line.trim().split(' ')[0]!)
    assert.deepEqual(
      names,
      commandGroups.flatMap(({ commands }) => commands.map(create => create(() => {}).name())).concat('help'),
    )
    assert.deepEqual(
      listed.filter(line => !line.startsWith(' ')),
      commandGroups.map(({ heading }) => heading),
    )
  })

  it('prints its version', async () => {
    assert.match((await mesh('--version')).stdout, /^\d+\.\d+\.\d+\n$/)
  })

  it('lists the policies, each with the least preset that holds it', async () => {
    const { code, stdout } = await mesh('policies')
    assert.equal(code, 0)
    const [header, ...lines] = stdout.trimEnd().split('\n')
    assert.match(header ?? '', /^POLICY +SEVERITY +PRESET +DESCRIPTION$/)
    const presets = lines.map(line => /^[a-z-]+ +(error|warning|info) +(recommended|strict) +\S.*\.$/.exec(line)?.[2])
    assert.deepEqual([...new Set(presets)].sort(), ['recommended', 'strict'])
  })

  it('loads the compiler only for commands that compile', () => {
    const spy =
      "import { registerHooks } from 'node:module'; registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) })"
    const flags = ['--conditions=source', '--import', `data:text/javascript,${encodeURIComponent(spy)}`]
    const { stdout } = spawnSync(process.execPath, [...flags, entry, 'explain', 'MW1011'], { encoding: 'utf8' })
    assert.match(stdout, /\/cli\/commands\/check\.ts$/m)
    assert.doesNotMatch(stdout, /\/(src\/compile|local\/up|watch-folder)\.ts$|\/phases\/[124]|\/xds\//m)
  })

  it('says what was meant, and ends with 2 where it was used wrongly', async () => {
    for (const [line, what] of [
      [['stauts'], /unknown command 'stauts'[\s\S]*Did you mean status\?/],
      [['chek', '.'], /unknown command 'chek'[\s\S]*Did you mean check\?/],
      [['up', '--detatch'], /unknown option '--detatch'[\s\S]*Did you mean --detach\?/],
      [['proxy', 'confg', 'web'], /unknown command 'confg'[\s\S]*Did you mean config\?/],
      [['status', '--debgu'], /unknown option '--debgu'[\s\S]*Did you mean --debug\?/],
    ] as const) {
      const { code, stdout, stderr } = await mesh(...line)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, what)
    }
    assert.equal((await mesh('status', '--format', 'yaml')).code, 2)
    for (const [flag, value] of [
      ['--gateway-port', '99999'],
      ['--address-range', '10.0.0.0'],
      ['--param', 'x'],
      ['--wait', 'soon'],
    ] as const) {
      const { code, stderr } = await mesh('up', entry, flag, value)
      assert.equal(code, 2)
      assert.match(stderr, new RegExp(`error\\[MW8009\\]: ${flag} ${value}[\\s\\S]*help: for example ${flag}`))
    }
  })

  for (const [args, said] of [
    [['up', '--bogus'], /unknown option '--bogus'\n.*`.*mesh (?:-- )?up --help`/],
    [['proxy', 'config'], /missing required argument 'proxy'\n.*`.*mesh (?:-- )?proxy config --help`/],
    [['explain', 'retry-budgte'], /MW8090[\s\S]*did you mean retry-budget\?/],
    [['check', 'no/such/folder'], /MW1001.*no\/such\/folder/],
    [['down', 'no/such/folder'], /MW1001.*no\/such\/folder/],
    [['build', 'examples/hello', '-o', 'examples/hello/app'], /MW8009.*holds files of the mesh: \w+\.ts/],
  ] as const)
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await meshIn(join(import.meta.dirname, '../..'), args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, said)
    })

  it('shows a stack trace only with --debug', async () => {
    const plain = await mesh('status', '/no/such/folder')
    assert.equal(plain.code, 2)
    assert.match(plain.stderr, /MW1001.*\/no\/such\/folder/)
    assert.doesNotMatch(plain.stderr, /^ +at /m)
    assert.match((await mesh('status', '/no/such/folder', '--debug')).stderr, /^ +at /m)
  })

  it('checks the mesh of the folder in which it is called', async () => {
    const { code, stdout } = await meshIn(join(import.meta.dirname, '../../examples/hello'), ['check'])
    assert.deepEqual([code, stdout], [0, 'no findings\n'])
  })

  it('ends quietly when nobody reads on', async () => {
    const child = spawn(process.execPath, ['--conditions=source', entry, '--help'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    const code = await new Promise(resolve => child.on('close', resolve))
    assert.deepEqual([code, stderr], [0, ''])
  })
})

describe('the status table', () => {
  const proxy = {
    namespace: 'shop',
    pid: 7,
    state: 'running',
    reason: null,
    lastWords: null,
    restarts: 0,
    rejection: null,
    revision: 'abc',
    push: 1,
  } as const
  const status: InstanceStatus = {
    instance: {
      dir: '/shop',
      pid: 1,
      since: '2026-01-01T00:00:00Z',
      revision: 'abc',
      push: 1,
      urls: [],
      refused: null,
    },
    proxies: [
      {
        ...proxy,
        name: 'web-v1',
        kind: 'sidecar',
        workload: 'web-v1',
        address: '127.1.0.1',
        accepted: true,
        tookMs: 12,
        ageMs: 65_000,
        admin: '/a',
      },
      {
        ...proxy,
        name: 'entry',
        kind: 'router',
        workload: null,
        address: '127.0.0.1',
        accepted: false,
        rejection: 'no',
        tookMs: null,
        ageMs: 5,
        admin: '/b',
      },
    ],
    workloads: [
      {
        ...proxy,
        name: 'web-v1',
        address: '127.1.0.1',
        state: 'waiting',
        reason: 'exit code 1',
        lastWords: 'Error: no database',
        restarts: 2,
        ageMs: 1,
      },
    ],
  }

  it('has a line for each workload and gateway, and no colours unless asked', () => {
    assert.deepEqual(renderStatusTable(status, painter(false)), [
      'WORKLOAD  ADDRESS    PROCESS                            PROXY    CONFIG             AGE    LAST WORDS',
      'web-v1    127.1.0.1  crashed: exit code 1 (2 restarts)  running  accepted in 12 ms  1 min  "Error: no database"',
      'entry     127.0.0.1  –                                  running  rejected           5 ms',
    ])
    assert.ok(renderStatusTable(status, painter(true)).join().includes('\u001b[31mrejected'))
  })

  it('has last words only where there are some, and cuts them to its width', () => {
    const words = (width?: number) => renderStatusTable(status, painter(false), width)[1]?.split('1 min  ')[1]
    assert.deepEqual([words(), words(110), words(20)], ['"Error: no database"', '"Error: no databas…', '…'])
    const quiet = { ...status, workloads: [] }
    assert.doesNotMatch(renderStatusTable(quiet, painter(false)).join('\n'), /LAST WORDS/)
  })

  it('rounds ages', () => {
    assert.deepEqual([0.4, 999, 1000, 59_999, 3_600_000, 200_000_000].map(renderAge), [
      '0 ms',
      '999 ms',
      '1 s',
      '59 s',
      '1 h',
      '2 d',
    ])
  })
})

describe('the report of a revision', () => {
  const proxy = {
    name: 'web-v1',
    namespace: 'shop',
    kind: 'sidecar',
    workload: 'web-v1',
    address: '',
    pid: 1,
    state: 'running',
    reason: null,
    lastWords: null,
    restarts: 0,
    accepted: true,
    rejection: null,
    ageMs: 0,
    admin: '',
  } as const
  const at = (push: number, revision: string, proxies: InstanceStatus['proxies']): InstanceStatus => ({
    instance: { dir: '', pid: 1, since: '', revision, push, urls: [], refused: null },
    proxies,
    workloads: [],
  })

  it('names the proxies that it concerned, once the last has accepted it', () => {
    const report = new RevisionReport()
    const [old, fresh] = [
      { ...proxy, name: 'old', revision: 'r1', push: 1, tookMs: 900 },
      { ...proxy, revision: 'r2', push: 2, tookMs: 12 },
    ]
    assert.equal(report.next(at(1, 'r1', [old])), undefined, 'the first is what `up` is about')
    assert.equal(report.next(at(2, 'r2', [old, { ...fresh, accepted: false }])), undefined)
    assert.equal(
      report.next(at(2, 'r2', [old, fresh])),
      'revision r2 accepted in 12 ms by the proxies that it concerns: web-v1',
    )
    assert.equal(report.next(at(2, 'r2', [old, fresh])), undefined)
    assert.equal(report.next(at(3, 'r3', [old, fresh])), 'revision r3 changes nothing for the proxies')
    assert.equal(
      report.next(at(4, 'r1', [old, { ...fresh, revision: 'r1', push: 4, tookMs: 7 }])),
      'revision r1 accepted in 7 ms by the proxies that it concerns: web-v1',
      'an earlier revision that comes back concerns what it changes',
    )
  })
})
