/**
 * What the checks let pass of a Sidecar, Envoy takes, whether connections are redirected or not: ports and addresses that meet.
 * SEED=… repeats another run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import { verifyBootstraps } from '../../src/cli/build/verify.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import type { Placement } from '../../src/model/placement.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allocate, emitBootstraps, placeProxy } from '../../src/phases/4-emit/envoy/index.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { isAccepted, placed } from './accepted.ts'

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const number = one(80, 81, 443, 5432, 8080, 9090, 15006, 65_535)
const protocol = one('HTTP', 'grpc', 'HTTP2', 'TCP', 'TLS', 'HTTPS', 'MONGO', 'HTTP_PROXY', '')
const port = fc.record({ number, protocol, name: one('a', 'b') })
const bind = one('127.0.0.1', '10.0.0.9', '0.0.0.0', '::1', '')
const captureMode = one('DEFAULT', 'IPTABLES', 'NONE')
const pool = fc.record(
  {
    tcp: fc.record({ maxConnections: one(0, 1, 7), connectTimeout: one('1s', '1ms'), idleTimeout: one('0s', '5s') }),
    http: fc.record({ http2MaxRequests: one(1), idleTimeout: one('1s'), maxConcurrentStreams: one(1, 9) }),
  },
  { requiredKeys: ['tcp'] },
)
const hosts = fc.uniqueArray(one('./*', '*/*', './web.default.svc.cluster.local', '*/db.default.svc.cluster.local'), {
  minLength: 1,
})
const ingress = fc.record(
  {
    port,
    bind,
    captureMode,
    defaultEndpoint: one('127.0.0.1:1', '0.0.0.0:9', '[::1]:8', '[::]:7', 'unix:///run/a', 'unix://@a'),
    connectionPool: pool,
  },
  { requiredKeys: ['port'] },
)
const socket = one('unix:///run/a', 'unix://@b')
const egress = fc.record(
  { port, bind: fc.oneof({ weight: 4, arbitrary: bind }, socket), captureMode, hosts },
  { requiredKeys: ['hosts'] },
)
const sidecar = fc.record(
  {
    ingress: fc.uniqueArray(ingress, { maxLength: 4, selector: each => each.port.number }),
    egress: fc.array(egress, { maxLength: 4 }),
    inboundConnectionPool: pool,
    outboundTrafficPolicy: one(
      {},
      { mode: 'ALLOW_ANY' },
      { mode: 'ALLOW_ANY', egressProxy: { host: 'web.default.svc.cluster.local', port: { number: 80 } } },
      { mode: 'ALLOW_ANY', egressProxy: { host: 'nobody.example', port: { number: 80 } } },
    ),
  },
  { requiredKeys: ['egress'] },
)

const service = (name: string, ports: object[]): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: name }, ports },
})
const services = [
  service('web', [
    { name: 'http', port: 80 },
    { name: 'tls', port: 443 },
    { name: 'unknown', port: 8080 },
  ]),
  service('db', [
    { name: 'tcp', port: 5432 },
    { name: 'http', port: 8080 },
    { name: 'tcp-a', port: 80 },
  ]),
]

const named = (name: string) => ({ name, namespace: 'default' })
const deployment = (name: string): Resource => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: named(name),
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
  },
})

/** By where proxies run: on one machine, on machines of their own, and in pods whose connections are redirected. */
function bootstrapsOf(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const { mesh } = resolve(resources.map(placed)).value
  const beside = allocate(mesh)
  const addresses = { 'web.default.svc.cluster.local': ['10.0.0.2'], 'db.default.svc.cluster.local': ['10.0.0.9'] }
  const proxies = Object.entries(beside.proxies)
  const ofTheirOwn = proxies.map(([key, { name, namespace }]) => {
    const who = { kind: 'sidecar', ip: '10.0.0.7', name, namespace, labels: {} } as const
    return [key, placeProxy(mesh, who)] as const
  })
  const redirected = proxies.map(([key, proxy]) => [key, { ...proxy, outbound: [], interception: 'redirect' }] as const)
  const placements: { [name: string]: Placement } = {
    beside,
    apart: { proxies: Object.fromEntries(ofTheirOwn) },
    redirected: { addresses, proxies: Object.fromEntries(redirected) },
  }
  return new Map(
    Object.entries(placements).flatMap(([where, placement]) =>
      [...emitBootstraps(mesh, placement)].map(([name, value]) => [`${where}-${name}.json`, JSON.stringify(value)]),
    ),
  )
}

it('Envoy takes all Sidecars that the checks let pass', { skip: withoutEnvoy, timeout: 300_000 }, async t => {
  const seed = Number(process.env['SEED'] ?? 7)
  const accepted = fc
    .sample(sidecar, { numRuns: 100, seed })
    .map((spec, index): Resource => {
      const workloadSelector = { labels: { app: `w${index}` } }
      return {
        apiVersion: 'networking.istio.io/v1',
        kind: 'Sidecar',
        metadata: named(`w${index}`),
        spec: { workloadSelector, ...spec },
      }
    })
    .filter(isAccepted)
    .slice(0, 25)
  t.diagnostic(`${accepted.length} Sidecars pass the checks (seed ${seed})`)
  assert.equal(accepted.length, 25)
  const root = mkdtempSync(join(tmpdir(), 'mesh-accepts-'))
  t.after(() => rmSync(root, { recursive: true }))
  const workloads = accepted.map(({ metadata: { name } }) => deployment(name))
  const bootstraps = bootstrapsOf([...services, ...workloads, ...accepted])
  for (const [file, text] of bootstraps) writeFileSync(join(root, file), text)
  const found = await verifyBootstraps({ envoy: findTestEnvoy()!, out: root, files: [...bootstraps.keys()], root })
  assert.deepEqual(
    found.map(({ message }) => message),
    [],
  )
})
