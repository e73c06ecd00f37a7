/**
 * What the checks of the security kinds let pass, Envoy takes: each spec stands before a workload of its own with a port of
 * HTTP, one of TCP and one that is detected, with its own addresses and under interception, and one Envoy judges all
 * their listeners. SEED=… repeats another run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import { verifyBootstraps } from '../../src/cli/build/verify.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allocate, allResources, type EnvoyResource, emitProxy } from '../../src/phases/4-emit/envoy/index.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { culprit, isAccepted, placed } from './accepted.ts'
import { authorizationPolicySpec, peerAuthenticationSpec, requestAuthenticationSpec } from './arbitrary-security.ts'

const ports = [
  ['http', 8081],
  ['tcp', 8082],
  ['unknown', 8083],
] as const

/** A workload in the policy's namespace, with a service for its ports. */
function workloadOf({ metadata: { namespace } }: Resource): Resource[] {
  const labels = { app: 'a' }
  const metadata = { name: 'a', namespace: namespace! }
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: ports.map(([name, port]) => ({ name, port })) },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a' }] } },
      },
    },
  ]
}

/** Each calls its own namespace alone: what it calls is not judged, and hundreds that call each other take long to compile. */
const ownNamespaceAlone: Resource = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name: 'default', namespace: 'istio-system' },
  spec: { egress: [{ hosts: ['./*'] }] },
}

/** Inbound listeners of all workloads, and the clusters that they need; Envoy sees each name once. */
function statics(specs: readonly Resource[]): object {
  const { mesh } = resolve([ownNamespaceAlone, ...specs.flatMap(workloadOf), ...specs].map(placed)).value
  const placement = allocate(mesh, { hasIdentity: true, inboundOnly: true })
  const all = Object.values(placement.proxies).flatMap((proxy, index) => {
    const redirected = emitProxy(mesh, placement, { ...proxy, interception: 'redirect' })
    return [...allResources(emitProxy(mesh, placement, proxy)), ...allResources(redirected).map(apart(index))]
  })
  const values = (list: readonly EnvoyResource[]) => [...new Map(list.map(({ name, value }) => [name, value])).values()]
  const listeners = all.filter(({ type, value }) => type === 'listener' && value['traffic_direction'] === 'INBOUND')
  const clusters = all.filter(({ type, name }) => type === 'cluster' && !name.startsWith('outbound|'))
  return { listeners: values(listeners), clusters: [...values(clusters), control] }
}

/** In pods all have one name and address; here they stand side by side. */
const apart = (index: number) => (resource: EnvoyResource) => {
  if (resource.name !== 'virtualInbound') return resource
  const name = `virtualInbound-${index}`
  const address = { socket_address: { address: '127.0.0.1', port_value: 30_000 + index } }
  return { ...resource, name, value: { ...resource.value, name, address } }
}

/** Where certificates would come from. */
const control = {
  name: 'xds',
  type: 'STATIC',
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
}
const ads = { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }] }

async function refusals(specs: readonly Resource[]): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'mesh-accepts-'))
  try {
    const bootstrap = {
      node: { id: 'a', cluster: 'a' },
      static_resources: statics(specs),
      dynamic_resources: { ads_config: ads },
    }
    writeFileSync(join(root, 'all.json'), JSON.stringify(bootstrap))
    const found = await verifyBootstraps({ envoy: findTestEnvoy()!, out: root, files: ['all.json'], root })
    return found.map(({ message }) => message)
  } finally {
    rmSync(root, { recursive: true })
  }
}

for (const [kind, specs, count] of [
  ['AuthorizationPolicy', authorizationPolicySpec, 500],
  ['RequestAuthentication', requestAuthenticationSpec, 500],
  ['PeerAuthentication', peerAuthenticationSpec({ app: 'a' }), 150],
] as const) {
  it(`Envoy takes every ${kind} that the checks let pass`, { skip: withoutEnvoy }, async t => {
    const seed = Number(process.env['SEED'] ?? 7)
    const resources = fc.sample(specs, { numRuns: count, seed }).map(
      (spec, index): Resource => ({
        apiVersion: 'security.istio.io/v1',
        kind,
        metadata: { name: 'a', namespace: `n${index}` },
        spec,
      }),
    )
    const accepted = resources.filter(isAccepted)
    t.diagnostic(`${accepted.length} of ${count} pass the checks and are judged (seed ${seed})`)
    assert.ok(accepted.length > 50)
    assert.equal(await culprit(accepted, refusals), undefined)
  })
}
