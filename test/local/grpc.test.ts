/** A client of gRPC that speaks xDS itself calls a service of `mesh up`, without a proxy of its own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'

const folder = join(import.meta.dirname, 'grpc')

const host = 'greeter.default.svc.cluster.local'

/** What calls are not by their nature takes none of them, and what they are anyway takes all. */
const matched = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: greeter }
spec:
  hosts: [greeter]
  http:
    - { match: [{ queryParams: { a: { exact: b } } }], route: [{ destination: { host: ${host}, subset: v1 } }] }
    - { match: [{ method: { exact: GET } }], route: [{ destination: { host: ${host}, subset: v1 } }] }
    - { match: [{ method: { exact: POST }, authority: { prefix: greeter. } }], route: [{ destination: { host: ${host}, subset: v2 } }] }
    - { route: [{ destination: { host: ${host}, subset: v1 } }] }
`

/** Calls of a service's methods, where the Gateway API says what becomes of them. */
const called = `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: greeter }
spec:
  parentRefs: [{ group: '', kind: Service, name: greeter }]
  rules: [{ matches: [{ method: { service: test.Greeting } }], backendRefs: [{ name: web, port: 9000 }] }]
`

function mesh(first?: number): string {
  return `
import { otherwise, route, service, workload } from 'meshwright'

const run = (version: string) =>
  workload({ command: ['node', ${JSON.stringify(join(folder, 'server.ts'))}], env: { VERSION: version } })
export const greeter = service('greeter', { port: 9000, protocol: 'GRPC', versions: { v1: run('v1'), v2: run('v2') } })
export const web = service('web', { port: 9000, protocol: 'GRPC', versions: { v1: run('web') }, calls: [greeter] })
${first === undefined ? '' : `export const share = route(greeter, [otherwise.split({ v1: ${first}, v2: ${100 - first} })])`}
`
}

/** Counts who answers; the client lives for the whole test, so that it is told of changes. */
class Caller {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  #log = ''

  constructor(target: string, bootstrap: string) {
    this.#process = spawn(process.execPath, [join(folder, 'client.ts'), target], {
      env: { ...process.env, GRPC_XDS_BOOTSTRAP_CONFIG: bootstrap },
    })
    this.#process.stderr!.on('data', chunk => {
      this.#log += chunk
    })
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  async count(calls: number): Promise<{ readonly [answer: string]: number }> {
    this.#process.stdin!.write(`${calls}\n`)
    const { value } = await this.#lines.next()
    assert.ok(value !== undefined, this.#log)
    return JSON.parse(value) as { [answer: string]: number }
  }

  end(): void {
    this.#process.stdin!.end()
  }
}

describe('a client of gRPC without a proxy', { skip: withoutEnvoy }, () => {
  let greeter: Bookinfo
  let caller: Caller | undefined
  before(async () => {
    greeter = await bookinfo('127.79.0.0', 'hello')
    rmSync(join(greeter.dir, 'app'), { recursive: true })
    writeFileSync(join(greeter.dir, 'mesh.ts'), mesh(50))
    const up = await greeter.mesh(['up', greeter.dir, '--detach', ...greeter.flags])
    assert.equal(up.code, 0, up.stderr)
  })
  after(async () => {
    caller?.end()
    await greeter?.remove()
  })

  it('dials a service by its name, and follows its split', async () => {
    const bootstrap = await greeter.mesh(['grpc', greeter.dir])
    assert.equal(bootstrap.code, 0, bootstrap.stderr)
    caller = new Caller('xds:///greeter.default.svc.cluster.local:9000', bootstrap.stdout)
    const { v1 = 0, v2 = 0, ...others } = await caller.count(200)
    assert.deepEqual(others, {})
    // Six standard deviations (7 each) on either side.
    assert.ok(v1 >= 58 && v2 >= 58, `${v1} and ${v2} of 200`)
  })

  it('is told of another split', async () => {
    writeFileSync(join(greeter.dir, 'mesh.ts'), mesh(100))
    const deadline = Date.now() + 30_000
    for (let counts = {}; JSON.stringify(counts) !== '{"v1":20}'; counts = await caller!.count(20))
      assert.ok(Date.now() < deadline, JSON.stringify(counts))
  })

  for (const [by, text, answer] of [
    ['a VirtualService', matched, 'v2'],
    ['a GRPCRoute', called, 'web'],
  ] as const)
    it(`is led by the matches of ${by}`, async () => {
      writeFileSync(join(greeter.dir, 'mesh.ts'), mesh())
      writeFileSync(join(greeter.dir, 'routes.yaml'), text)
      const wanted = JSON.stringify({ [answer]: 20 })
      const deadline = Date.now() + 30_000
      for (let counts = {}; JSON.stringify(counts) !== wanted; counts = await caller!.count(20))
        assert.ok(Date.now() < deadline, JSON.stringify(counts))
    })

  it('calls as a workload does, by the short name', async () => {
    const bootstrap = await greeter.mesh(['grpc', greeter.dir, '--as', 'web-v1'])
    const other = new Caller('xds:///greeter:9000', bootstrap.stdout)
    const counts = await other.count(5)
    other.end()
    assert.deepEqual(counts, { web: 5 })
  })

  it('names the workloads where the one that is asked for is none', async () => {
    const { code, stderr } = await greeter.mesh(['grpc', greeter.dir, '--as', 'webb-v1'])
    assert.equal(code, 2)
    assert.match(stderr, /no workload "webb-v1".*\n.*greeter-v1, greeter-v2, web-v1/s)
  })
})
