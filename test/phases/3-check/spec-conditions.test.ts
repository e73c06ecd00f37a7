/**
 * Every condition and reason of the Gateway API 1.7, kind by kind: each is said where it is so, as a cluster's objects then have it in their
 * status, or docs/reference/gateway-api-conditions.md tells why it never is.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { compileCluster } from '../../../src/cluster/cluster-revision.ts'
import type { GatewayAddress } from '../../../src/cluster/gateway-addresses.ts'
import { statusesToWrite } from '../../../src/cluster/gateway-api-status.ts'
import { servedPorts } from '../../../src/cluster/gateway-services.ts'
import type { ServiceObject } from '../../../src/cluster/objects.ts'
import type { ApiObject } from '../../../src/cluster/reflector.ts'
import { scenes } from './spec-conditions.ts'
import { specification } from './spec-words.ts'

/** `Gateway Programmed False AddressNotUsable`. */
type Said = `${string} ${string} ${string} ${string}`

interface StatusCondition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

const page = readFileSync('docs/reference/gateway-api-conditions.md', 'utf8')

/** The page's rows: what is said, and when or why never. */
const told = new Map(
  [...page.matchAll(/^\| (\w+) \| (\w+) \| (\w+) \| `(\w+)` \| (.+) \|$/gm)].map(([, ...cells]) => {
    const [kind, type, status, reason, words = ''] = cells
    return [`${kind} ${type} ${status} ${reason}`, words] as const
  }),
)
const isNever = (words: string) => words.startsWith('Never')

const address: GatewayAddress = { type: 'IPAddress', value: '192.0.2.1' }

/** All that the statuses say, whatever of. */
function saidOf(
  objects: readonly ApiObject[],
  facts: { readonly addresses?: readonly GatewayAddress[]; readonly version?: string },
) {
  const named = objects.map(({ metadata, ...object }): ApiObject => {
    const namespace = object.kind === 'GatewayClass' ? {} : { namespace: 'shop' }
    return { ...object, metadata: { ...namespace, resourceVersion: '1', generation: 1, ...metadata } }
  })
  const services = named.filter(({ kind }) => kind === 'Service')
  const configs = named.filter(({ kind }) => kind !== 'Service')
  const { value, diagnostics } = compileCluster({
    services,
    namespaces: [{ metadata: { name: 'shop', labels: { stage: 'live' } } }],
    configs,
    workloads: [],
    domain: 'cluster.local',
    systemNamespace: 'mesh-system',
  })
  const annotations = { 'gateway.networking.k8s.io/bundle-version': facts.version ?? 'v1.7.0' }
  const statuses = statusesToWrite({
    objects: configs,
    standings: value.mesh.standings ?? [],
    findings: diagnostics,
    addresses: facts.addresses ?? [address],
    ports: servedPorts(services as ServiceObject[], { systemNamespace: 'mesh-system', gateways: value.mesh.gateways }),
    definitions: [{ metadata: { name: 'gateways.gateway.networking.k8s.io', annotations } }],
    now: new Date(),
  })
  return statuses.flatMap(({ what, status }) => {
    const kind = /^the status of (\w+)/.exec(what)?.[1] ?? ''
    const parts = status as { readonly [list: string]: readonly { readonly conditions?: readonly StatusCondition[] }[] }
    const own = [
      { kind: kind.endsWith('Route') ? 'Route' : kind, conditions: parts['conditions'] as never as StatusCondition[] },
    ]
    const listeners = (parts['listeners'] ?? []).map(each => ({
      kind: kind === 'Gateway' ? 'Listener' : 'ListenerEntry',
      conditions: each.conditions,
    }))
    const others = [...(parts['parents'] ?? []), ...(parts['ancestors'] ?? [])].map(each => ({
      kind: kind.endsWith('Route') ? 'Route' : kind,
      conditions: each.conditions,
    }))
    return [...own, ...listeners, ...others].flatMap(({ kind: of, conditions = [] }) =>
      conditions.map(({ type, status: value, reason, message }) => ({
        said: `${of} ${type} ${value} ${reason}` as Said,
        message,
      })),
    )
  })
}

describe('conditions of the Gateway API', () => {
  it('are each told of in the page of them, and no others', () => {
    assert.deepEqual([...told.keys()].sort(), [...specification].sort())
  })

  it('have a scene each, but those that are never said', () => {
    const wanted = [...told].flatMap(([said, words]) => (isNever(words) ? [] : [said]))
    assert.deepEqual([...new Set(scenes.map(({ says }) => says))].sort(), wanted.sort())
  })

  for (const { says, objects, message, ...facts } of scenes)
    it(`say ${says}`, () => {
      const found = saidOf(objects, facts)
      const own = found.filter(({ said }) => said === says)
      assert.ok(own.length > 0, `not among:\n${found.map(({ said }) => said).join('\n')}`)
      if (message !== undefined) assert.match(own.map(each => each.message).join('\n'), message)
    })

  it('are of the words that the specification has, and a few of our own', () => {
    const ours = ['HostnameConflict', 'RouteConflict', 'ProtocolConflict', 'NoValidCACertificate', 'Invalid']
    const words = new Set<string>(specification)
    const others = scenes.flatMap(({ objects, says: _, message: __, ...facts }) =>
      saidOf(objects, facts).flatMap(({ said }) => (words.has(said) ? [] : [said])),
    )
    assert.deepEqual(
      others.filter(said => !ours.some(word => said.endsWith(` ${word}`))),
      [],
    )
  })
})
