import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SnapshotCache } from '../../../src/agent/snapshots.ts'
import { compile } from '../../../src/compile.ts'
import { allocate, emitProxy } from '../../../src/phases/4-emit/envoy/index.ts'
import { emitFiles } from '../../../src/phases/4-emit/targets.ts'
import { loadCodec } from '../../../src/protobuf/codec.ts'
import { typeUrl } from '../../../src/xds/snapshot.ts'

const { resolved } = await compile({ path: 'examples/bookinfo/canary.ts' })
const { mesh, digest } = resolved!
const placement = allocate(mesh)
const revision = { digest, push: 1, mesh, placement }
const cache = new SnapshotCache(loadCodec())

interface Static {
  readonly static_resources: {
    readonly listeners: readonly { name: string }[]
    readonly clusters: readonly { name: string; load_assignment?: unknown }[]
  }
}

describe('a proxy’s snapshot', () => {
  const files = emitFiles({ resolved: resolved!, placement }, ['envoy'])

  for (const [name, proxy] of Object.entries(placement.proxies)) {
    test(`${name}: xDS and the static bootstrap hold the same`, () => {
      const { types } = cache.snapshot(revision, proxy)
      const { static_resources } = JSON.parse(files.get(`envoy/${name}.json`)!) as Static
      assert.deepEqual(
        [...types[typeUrl.listener]!.keys()].sort(),
        static_resources.listeners.map(listener => listener.name),
      )
      assert.deepEqual(
        [...types[typeUrl.cluster]!.keys()].sort(),
        static_resources.clusters.map(cluster => cluster.name),
      )
      const routes = emitProxy(mesh, placement, proxy)
      for (const resource of [...routes.shared.flat(), ...routes.own].filter(({ type }) => type === 'route')) {
        assert.ok(files.get(`envoy/${name}.json`)!.includes(`"name": "${resource.name}"`), resource.name)
      }
      for (const cluster of static_resources.clusters.filter(each => each.name.startsWith('outbound'))) {
        const sent = loadCodec().decode('google.protobuf.Any', types[typeUrl.endpoint]!.get(cluster.name)!.body) as {
          endpoints?: unknown
        }
        assert.deepEqual(sent.endpoints ?? [], (cluster.load_assignment as { endpoints: unknown }).endpoints)
      }
    })
  }

  test('names nothing that is not there: each need of a resource is met', () => {
    for (const proxy of Object.values(placement.proxies)) {
      const { types } = cache.snapshot(revision, proxy)
      for (const map of Object.values(types)) {
        for (const { name, needs } of map.values()) {
          for (const [url, names] of Object.entries(needs))
            for (const wanted of names) assert.ok(types[url]?.has(wanted), `${name} needs ${wanted}`)
        }
      }
    }
  })

  test('has equal bytes for equal content, and is made once', () => {
    const [proxy] = Object.values(placement.proxies)
    const once = cache.snapshot(revision, proxy!)
    const other = new SnapshotCache(loadCodec()).snapshot(revision, proxy!)
    const again = cache.snapshot(revision, proxy!)
    for (const [url, map] of Object.entries(once.types)) {
      for (const [name, resource] of map) {
        assert.equal(other.types[url]!.get(name)!.version, resource.version)
        assert.equal(again.types[url]!.get(name), resource)
      }
    }
  })
})
