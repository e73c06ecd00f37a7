/** Whatever happens in between, a proxy ends up with its snapshot, and routes never lead where there is nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { readNode } from '../../src/xds/node.ts'
import { readDeltaRequest, readSotwRequest } from '../../src/xds/request.ts'
import { type Snapshot, typeUrl } from '../../src/xds/snapshot.ts'
import { edsCluster, httpListener, loadAssignment, routeTo } from '../support/envoy-json.ts'
import { ModelClient } from '../support/model-client.ts'
import { snapshotOf } from '../support/snapshots.ts'

const names = ['a', 'b', 'c', 'd']

/** A consistent snapshot: some clusters with their endpoints, and listeners with routes to some of them. */
const snapshots = fc
  .record({
    clusters: fc.subarray(names, { minLength: 1 }),
    listeners: fc.subarray(names),
    timeout: fc.constantFrom('1s', '2s'),
    port: fc.constantFrom(1, 2),
    pick: fc.nat(3),
  })
  .map(({ clusters, listeners, timeout, port, pick }) =>
    snapshotOf(`${JSON.stringify([clusters, listeners, timeout, port, pick])}`, {
      clusters: clusters.map(name => edsCluster(name, { connect_timeout: timeout })),
      endpoints: clusters.map(name => loadAssignment(name, port)),
      listeners: listeners.map((name, index) => httpListener(`l-${name}`, 1000 + index, { rds: `r-${name}` })),
      routes: listeners.map(name => routeTo(`r-${name}`, clusters[pick % clusters.length]!)),
    }),
  )

const steps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: snapshots },
    { weight: 6, arbitrary: fc.constant('accept' as const) },
    { weight: 1, arbitrary: fc.constant('refuse' as const) },
    { weight: 1, arbitrary: fc.constant('wait' as const) },
  ),
  { maxLength: 30 },
)

function step(client: ModelClient, what: Snapshot | 'accept' | 'refuse' | 'wait'): void {
  if (typeof what === 'object') client.assign(what)
  else if (what === 'wait') client.wait(6000)
  else client.answer(what === 'accept')
}

/** What the proxy holds, less what it has no use for. */
function expected(snapshot: Snapshot, url: string): { [name: string]: string } {
  return Object.fromEntries(
    [...(snapshot.types[url] ?? [])].map(([name, { body }]) => [
      name,
      JSON.stringify(loadCodec().decode('google.protobuf.Any', body)),
    ]),
  )
}

for (const protocol of ['sotw', 'delta'] as const)
  describe(`any history over ${protocol}`, () => {
    it('ends with the snapshot, once what was refused has been replaced', () => {
      fc.assert(
        fc.property(snapshots, steps, snapshots, (first, history, last) => {
          const client = new ModelClient(protocol, first)
          for (const what of history) step(client, what)
          // Other content than anything that may have been refused, so that nothing is held back for that.
          const final = fresh(last)
          client.assign(final)
          for (let round = 0; round < 100 && (client.answer(true) || !client.isSynced); round++) client.wait(6000)
          assert.equal(client.isSynced, true)
          for (const url of [typeUrl.cluster, typeUrl.endpoint, typeUrl.listener, typeUrl.route])
            assert.deepEqual(Object.fromEntries([...(client.held.get(url) ?? [])].sort()), expected(final, url), url)
        }),
        { numRuns: 300 },
      )
    })

    it('never leaves a route without its cluster, while everything is accepted', () => {
      fc.assert(
        fc.property(
          snapshots,
          fc.array(snapshots, { maxLength: 5 }),
          fc.array(fc.nat(3), { maxLength: 40 }),
          (first, pushes, pauses) => {
            const client = new ModelClient(protocol, first)
            const waiting = [...pushes]
            for (const pause of [...pauses, ...Array(60).fill(3)]) {
              if (pause === 0 && waiting.length > 0) client.assign(waiting.shift()!)
              client.answer(true)
              const clusters = client.held.get(typeUrl.cluster)
              for (const route of client.held.get(typeUrl.route)?.values() ?? [])
                for (const [, cluster] of route.matchAll(/"cluster":"([^"]+)"/g))
                  assert.ok(clusters?.has(cluster!), `${cluster} is routed to and gone`)
            }
          },
        ),
        { numRuns: 300 },
      )
    })
  })

describe('any bytes', () => {
  it('are read as a request or refused, and nothing else', () => {
    const isRefusal = (error: unknown) => error instanceof Error && ['WireError', 'StreamRefused'].includes(error.name)
    const readers = [readSotwRequest, readDeltaRequest, (bytes: Uint8Array) => readNode(bytes, 1000)]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        for (const read of readers) {
          try {
            read(bytes, 10)
          } catch (error) {
            assert.ok(isRefusal(error), String(error))
          }
        }
      }),
      { numRuns: 3000 },
    )
  })
})

/** The same names with content that no other snapshot here has. */
function fresh({ types }: Snapshot): Snapshot {
  const clusters = [...types[typeUrl.cluster]!.keys()]
  const listeners = [...types[typeUrl.listener]!.keys()].map(name => name.slice(2))
  return snapshotOf('final', {
    clusters: clusters.map(name => edsCluster(name, { connect_timeout: '77s' })),
    endpoints: clusters.map(name => loadAssignment(name, 77)),
    listeners: listeners.map((name, index) => httpListener(`l-${name}`, 7700 + index, { rds: `r-${name}` })),
    routes: listeners.map(name => routeTo(`r-${name}`, clusters[0]!, { max_direct_response_body_size_bytes: 77 })),
  })
}
