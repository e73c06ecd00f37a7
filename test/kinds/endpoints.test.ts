/** Endpoints and EndpointSlices: what their schemas and rules take, and what they mean. They have no spec. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kindOf } from '../../src/kinds/index.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'
import { placed } from './accepted.ts'

type Body = { readonly [field: string]: unknown }
type Case = readonly [what: string, body: Body, ...findings: string[]]

const labels = { 'kubernetes.io/service-name': 'db' }
const slice = (body: Body): Resource => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'db-1', labels },
  addressType: 'IPv4',
  ...body,
})
const endpoints = (body: Body): Resource => ({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'db' }, ...body })

/** `problem` of the schema, or `slug pointer` of the rules. */
function findings(resource: Resource): string[] {
  const { diagnostics } = checkShapes([placed(resource)])
  if (diagnostics.length > 0) return diagnostics.map(({ message }) => message.replace(/^\w+ "[^"]*": /, ''))
  return [...kindOf(resource)!.check!(resource)].map(({ slug, pointer }) => `${slug} ${pointer}`)
}

const at = (...addresses: readonly string[]) => ({ endpoints: [{ addresses }] })

const slices: readonly Case[] = [
  ['nothing', { endpoints: null, ports: null }],
  [
    'what a controller writes',
    {
      endpoints: [
        {
          addresses: ['10.1.2.3'],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: 'n1',
          targetRef: { kind: 'Pod', name: 'db-0', namespace: 'shop', uid: 'u' },
          zone: 'a',
          hints: { forZones: [{ name: 'a' }] },
        },
      ],
      ports: [{ name: '', port: 80, protocol: 'TCP', appProtocol: null }],
    },
  ],
  ['addresses of IPv6', { addressType: 'IPv6', ...at('fd00::3') }],
  ['an address of another type', at('10.1.2.3', 'fd00::3'), 'form-invalid /endpoints/0/addresses/1'],
  [
    'an address of one machine',
    { addressType: 'IPv6', ...at('fe80::1%eth0') },
    'form-invalid /endpoints/0/addresses/0',
  ],
  ['a name as an address', at('db.example'), 'form-invalid /endpoints/0/addresses/0'],
  ['names', { addressType: 'FQDN', ...at('db.example') }, 'cannot-serve /addressType'],
  [
    'what is no name',
    { addressType: 'FQDN', ...at('db example') },
    'cannot-serve /addressType',
    'form-invalid /endpoints/0/addresses/0',
  ],
  ['whose they are', { metadata: { name: 'db-1' } }, 'no-effect /endpoints'],
  ['a name of a port', { ports: [{ name: 'TCP', port: 80 }] }, 'form-invalid /ports/0/name'],
  ['ports of one name', { ports: [{ port: 80 }, { name: '', port: 81 }] }, 'value-twice /ports/1'],
  ['no addresses', at(), 'endpoints[0].addresses must have at least 1 item'],
  ['places that are no list', { endpoints: '10.1.2.3' }, 'endpoints must be a list, not "10.1.2.3"'],
  ['a type', { addressType: 'IP' }, 'addressType must be one of FQDN, IPv4, IPv6, not "IP"'],
  ['a port beyond', { ports: [{ port: 70_000 }] }, 'ports[0].port must be from 1 to 65535, not 70000'],
  ['a field', { adresses: [] }, 'adresses is no field of this object'],
]

const older: readonly Case[] = [
  ['nothing', {}],
  [
    'both versions',
    {
      subsets: [
        { addresses: [{ ip: '10.1.2.3', nodeName: 'n1' }, { ip: 'fd00::3' }], ports: [{ name: 'a', port: 80 }] },
      ],
    },
  ],
  [
    'addresses',
    { subsets: [{ addresses: [{ ip: '10.1.2' }], notReadyAddresses: [{ ip: 'db' }] }] },
    'form-invalid /subsets/0/addresses/0/ip',
    'form-invalid /subsets/0/notReadyAddresses/0/ip',
  ],
  [
    'ports of one name',
    {
      subsets: [
        {
          ports: [
            { name: 'a', port: 80 },
            { name: 'a', port: 81 },
          ],
        },
      ],
    },
    'value-twice /subsets/0/ports/1/name',
  ],
  ['a port', { subsets: [{ ports: [{ name: 'a' }] }] }, 'subsets[0].ports[0] lacks "port"'],
  ['a field', { subset: [] }, 'subset is no field of this object'],
]

for (const [kind, make, cases] of [
  ['EndpointSlice', slice, slices],
  ['Endpoints', endpoints, older],
] as const)
  describe(kind, () => {
    for (const [what, body, ...expected] of cases)
      it(`${expected.length === 0 ? 'takes' : 'judges'} ${what}`, () =>
        assert.deepEqual(findings(make(body)), expected))
  })

describe('what is written down', () => {
  const written = (...resources: readonly Resource[]) => resolve(resources.map(placed)).value.mesh.writtenEndpoints

  it('are the ready places, with their ports and zones', () => {
    const [found] = written(
      slice({
        endpoints: [
          { addresses: ['10.1.2.3', '10.1.2.4'], zone: 'a' },
          { addresses: ['10.1.2.5'], conditions: { ready: false } },
          { addresses: ['10.1.2.6'], conditions: { ready: null } },
        ],
        ports: [{ name: 'tcp', port: 5432 }, { name: 'any' }],
      }),
    )!
    assert.equal(found?.service, 'db')
    const ports = { tcp: 5432 }
    assert.deepEqual(found.places, [
      { address: '10.1.2.3', ports, locality: { zone: 'a' } },
      { address: '10.1.2.6', ports },
    ])
  })

  it('is not what a controller keeps', () => {
    const kept = { ...labels, 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' }
    const mine = { ...labels, 'endpointslice.kubernetes.io/managed-by': 'people' }
    assert.equal(written(slice({ metadata: { name: 'db-1', labels: kept } })), undefined)
    assert.equal(written(slice({ metadata: { name: 'db-1', labels: mine } }))?.length, 1)
    const keeper = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' }
    assert.equal(written(endpoints({ metadata: { name: 'db', labels: keeper } })), undefined)
  })
})
