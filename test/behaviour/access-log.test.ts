/** Which requests and connections a real Envoy writes a line of, by what Telemetry says of its workload. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import type { Recording } from '../../src/model/recording.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { type GuardedPolicy, type GuardedWorkload, inboundScene, workloadPort } from '../support/inbound-scene.ts'
import { eventually } from '../support/xds-server.ts'
import { domain, gatewayLabels, startScene } from './scene.ts'
import { rowHeader, Upstreams } from './upstreams.ts'

interface Row {
  readonly does: string
  readonly telemetries: readonly GuardedPolicy[]
  readonly protocol?: 'tcp'
  /** Which of the requests for `/yes` and `/no` have a line; of connections: how many have. */
  readonly lines: readonly string[]
}

const both = ['/yes', '/no']
const own = { selector: { matchLabels: { app: 'app' } } }
const envoy = { providers: [{ name: 'envoy' }] }
const onlyYes = { filter: { expression: 'request.path == "/yes"' } }
const onlyNo = { filter: { expression: 'request.path.startsWith("/no")' } }

const log = (...accessLogging: object[]): GuardedPolicy => ({ kind: 'Telemetry', spec: { accessLogging } })
const logOfOwn = (...accessLogging: object[]): GuardedPolicy => ({
  kind: 'Telemetry',
  spec: { ...own, accessLogging },
})
const which = (expression: string) => log({ filter: { expression } })

const rows: readonly Row[] = [
  { does: 'writes all where nothing is said', telemetries: [], lines: both },
  { does: 'writes none where logs are switched off', telemetries: [log({ disabled: true })], lines: [] },
  {
    does: 'writes none where they are off for those that are called',
    telemetries: [log({ match: { mode: 'SERVER' }, disabled: true })],
    lines: [],
  },
  {
    does: 'writes all where they are off for callers',
    telemetries: [log({ match: { mode: 'CLIENT' }, disabled: true })],
    lines: both,
  },
  { does: 'writes what fits a condition', telemetries: [log(onlyYes)], lines: ['/yes'] },
  {
    does: 'goes by the last condition that names where lines go',
    telemetries: [log({ ...envoy, ...onlyNo }), logOfOwn({ ...envoy, ...onlyYes })],
    lines: ['/yes'],
  },
  {
    does: 'forgets a wider condition where lines are asked for anew',
    telemetries: [log({ ...envoy, ...onlyNo }), logOfOwn(envoy)],
    lines: both,
  },
  {
    does: 'keeps a wider condition otherwise',
    telemetries: [log({ ...envoy, ...onlyYes }), logOfOwn({ match: { mode: 'SERVER' } })],
    lines: ['/yes'],
  },
  {
    does: 'writes what a workload asks for, though its namespace asks for nothing',
    telemetries: [log({ disabled: true }), logOfOwn({})],
    lines: both,
  },
  {
    does: 'leaves alone what others’ labels select',
    telemetries: [
      { kind: 'Telemetry', spec: { selector: { matchLabels: { app: 'b' } }, accessLogging: [{ disabled: true }] } },
    ],
    lines: both,
  },
  {
    does: 'takes no notice of lines that go elsewhere',
    telemetries: [log({ providers: [{ name: 'collector' }], disabled: true })],
    lines: both,
  },
  {
    does: 'takes no notice of a condition that Envoy does not know',
    telemetries: [which('request.path.lowerAscii() == "/yes"')],
    lines: both,
  },
  {
    does: 'takes no notice of a condition about something unknown',
    telemetries: [which('respons.code == 404')],
    lines: both,
  },
  { does: 'takes a condition about what is not there for unmet', telemetries: [which('request.kind == 1')], lines: [] },
  {
    does: 'knows the answer’s status, and a list',
    telemetries: [which('response.code in [200, 204] && request.path != "/no"')],
    lines: ['/yes'],
  },
  {
    does: 'takes texts as they are written',
    telemetries: [which(`request.headers["x-row"] == 'it\\'s "1" \\\\ %REQ(:PATH)% é'`)],
    lines: both,
  },
  {
    does: 'knows regular expressions',
    telemetries: [which(String.raw`request.path.matches(r"^/y\w+$")`)],
    lines: ['/yes'],
  },
  { does: 'writes a line of a connection', telemetries: [], protocol: 'tcp', lines: both },
  { does: 'writes none of connections', telemetries: [log({ disabled: true })], protocol: 'tcp', lines: [] },
  {
    does: 'knows conditions of connections',
    telemetries: [which('size(source.address) > 0')],
    protocol: 'tcp',
    lines: both,
  },
  { does: 'knows when those are not met', telemetries: [which('source.port == 1')], protocol: 'tcp', lines: [] },
]

/** What the application’s header says, which Node writes as Latin-1. */
const header = Buffer.from('it\'s "1" \\ %REQ(:PATH)% é').toString('latin1')

/** Asks each workload for both paths and reads what was written of it. */
async function linesOf(
  workloads: readonly GuardedWorkload[],
  recording?: Recording,
): Promise<readonly (readonly string[])[]> {
  const last = { policies: [{ ...logOfOwn(envoy) }] }
  await using scene = await inboundScene([...workloads, last], recording === undefined ? {} : { recording })
  for (const [index, { protocol }] of workloads.entries())
    for (const path of both) {
      if (protocol === 'tcp') await talk(scene.port(index))
      else await get({ port: scene.port(index), path, headers: { 'x-row': header } })
    }
  await eventually('the last line', async () => {
    await get({ port: scene.port(workloads.length), path: '/last' })
    return scene.envoy.output().includes('"path":"/last"')
  })
  const lines = linesIn(scene.envoy.output())
  return workloads.map((_, index) =>
    lines
      .filter(line => line.upstream_cluster === `inbound|${workloadPort(index)}||`)
      .map(({ path }, at) => path ?? both[at] ?? 'too many'),
  )
}

interface Line {
  readonly path: string | null
  readonly upstream_cluster: string
  readonly direction?: string
}

function linesIn(output: string): Line[] {
  return output
    .trim()
    .split('\n')
    .filter(text => text !== '')
    .map(text => JSON.parse(text) as Line)
}

/** Connects, asks, and waits for the end. */
async function talk(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  socket.resume()
  await new Promise(done => socket.on('close', done))
}

describe('a line of what a workload is asked', { skip: withoutEnvoy }, () => {
  let found: Promise<readonly (readonly string[])[]> | undefined
  const all = () =>
    (found ??= linesOf(
      rows.map(({ telemetries, protocol }) => ({
        policies: telemetries,
        ...(protocol === undefined ? {} : { protocol }),
      })),
    ))
  for (const [index, { does, lines }] of rows.entries())
    it(does, async () => assert.deepEqual((await all())[index], lines))

  it('is for the mesh, then for a namespace, to say', async () => {
    const mesh: GuardedPolicy = { ...log({ ...envoy, ...onlyYes }), namespace: 'mesh-system' }
    const picking: GuardedPolicy = { ...logOfOwn({ disabled: true }), namespace: 'mesh-system' }
    const workloads = [
      { policies: [mesh, picking] },
      { policies: [log({ disabled: true })] },
      { policies: [log(envoy)] },
    ]
    assert.deepEqual(await linesOf(workloads), [['/yes'], [], both])
  })

  it('is written where an installation writes none, if it is said where to', async () => {
    const workloads = [
      { policies: [] },
      { policies: [log({})] },
      { policies: [log(onlyYes)] },
      { policies: [log(envoy)] },
    ]
    assert.deepEqual(await linesOf(workloads, { accessLog: false }), [[], [], [], both])
  })
})

describe('a line of what a workload calls, and of what comes to a gateway', { skip: withoutEnvoy }, () => {
  const telemetry = (name: string, spec: object): Resource => ({
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    metadata: { name },
    spec,
  })
  it('is for those to say that are callers', async () => {
    await using upstreams = await Upstreams.start(['v1'])
    const resources = [
      telemetry('caller', {
        selector: { matchLabels: { app: 'caller' } },
        accessLogging: [
          { match: { mode: 'SERVER' }, disabled: true },
          { match: { mode: 'CLIENT' }, ...onlyYes },
        ],
      }),
      telemetry('edge', {
        selector: { matchLabels: gatewayLabels },
        accessLogging: [
          { match: { mode: 'SERVER' }, disabled: true },
          { match: { mode: 'CLIENT' }, ...onlyNo },
        ],
      }),
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 's0' },
        spec: {
          hosts: ['s0', 's0.example.com'],
          gateways: ['edge', 'mesh'],
          http: [{ route: [{ destination: { host: `s0.${domain}` } }] }],
        },
      },
    ]
    await using scene = await startScene([{ service: 's0', protocol: 'http', ports: upstreams.ports, resources }])
    const ask = (port: number, host: string, path: string) =>
      get({ host: ownAddress, port, path, headers: { host, [rowHeader]: 's0' } })
    for (const path of both) {
      assert.equal((await ask(scene.portOf('s0'), 's0', path))?.status, 200)
      assert.equal((await ask(scene.gatewayPortOf(8080), 's0.example.com', path))?.status, 200)
    }
    await eventually('a line of each proxy', () => linesIn(scene.output()).length >= 2)
    assert.deepEqual(
      linesIn(scene.output())
        .map(({ direction, path }) => `${direction} ${path}`)
        .sort(),
      ['gateway /no', 'outbound /yes'],
    )
  })
})
