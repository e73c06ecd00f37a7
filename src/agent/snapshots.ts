/**
 * From a revision to each proxy's snapshot: encodes resources, once for all proxies that need the same.
 *
 * Knows the Mesh and what the Envoy target makes of it; the xDS server behind it knows bytes and names alone.
 */
import { hash } from 'node:crypto'
import type { Mesh } from '../model/mesh.ts'
import type { Placement, ProxyPlacement } from '../model/placement.ts'
import { type EnvoyResource, emitProxy, type NeededType, type XdsType } from '../phases/4-emit/envoy/index.ts'
import type { Codec } from '../protobuf/codec.ts'
import { memo } from '../util/memo.ts'
import { type EncodedResource, type ResourceMap, type Snapshot, typeUrl } from '../xds/snapshot.ts'

/** What snapshots are made from. */
export interface Revision {
  /** Content digest of the resources. */
  readonly digest: string
  /** See Snapshot. */
  readonly push: number
  readonly mesh: Mesh
  readonly placement: Placement
}

type TypedMaps = { readonly [Type in XdsType]?: ResourceMap }

/** So many names are compared with what they last were. */
const maxLatest = 200_000

/** Keeps encoded resources for as long as any revision holds what they were made from. */
export class SnapshotCache {
  readonly #codec: Codec
  readonly #encode = memo((resource: EnvoyResource) => this.#encoded(resource))
  /** The same maps for the same list: proxies that share a list share its maps. */
  readonly #mapsOf = memo((list: readonly EnvoyResource[]) => this.#build(list))
  /** By type and name: the last encoding, so that equal content stays one object across revisions. */
  readonly #latest = new Map<string, EncodedResource>()

  constructor(codec: Codec) {
    this.#codec = codec
  }

  /**
   * The configuration of one proxy under a revision.
   *
   * @param previous what it, or one like it, had before: what is equal stays the same object, up to the whole snapshot, so
   *   that whoever a push does not concern costs next to nothing
   */
  snapshot(revision: Revision, proxy: ProxyPlacement, previous?: Snapshot): Snapshot {
    const { shared, own } = emitProxy(revision.mesh, revision.placement, proxy)
    const parts = [...shared.map(list => this.#mapsOf(list)), this.#build(own)]
    const types: { [url: string]: ResourceMap } = {}
    for (const type of ['cluster', 'endpoint', 'listener', 'route', 'extension'] as const) {
      const url = typeUrl[type]
      types[url] = kept(joined(parts.flatMap(part => part[type] ?? [])), previous?.types[url])
    }
    const isSame =
      previous?.revision === revision.digest && Object.keys(types).every(url => types[url] === previous.types[url])
    return isSame ? previous : { revision: revision.digest, push: revision.push, types }
  }

  #build(list: readonly EnvoyResource[]): TypedMaps {
    const maps: { [Type in XdsType]?: Map<string, EncodedResource> } = {}
    for (const resource of list) {
      const map = maps[resource.type] ?? new Map<string, EncodedResource>()
      maps[resource.type] = map
      map.set(resource.name, this.#encode(resource))
    }
    return maps
  }

  #encoded(resource: EnvoyResource): EncodedResource {
    const body = this.#codec.encodeAny({ '@type': typeUrl[resource.type], ...resource.value })
    const version = hash('sha256', body, 'hex').slice(0, 16)
    const key = `${resource.type} ${resource.name}`
    const same = this.#latest.get(key)
    const encoded =
      same?.version === version && isEqualList(same.from, resource.from) ? same : encodedOf(resource, version, body)
    // Names of proxies that came and went pile up; forgetting them costs one comparison each.
    if (this.#latest.size > maxLatest) this.#latest.clear()
    this.#latest.set(key, encoded)
    return encoded
  }
}

function encodedOf(resource: EnvoyResource, version: string, body: Uint8Array): EncodedResource {
  const needs = Object.fromEntries(
    Object.entries(resource.needs).map(([type, names]) => [typeUrl[type as NeededType], names]),
  )
  return { name: resource.name, version, body, needs, from: resource.from }
}

function isEqualList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

const noResources: ResourceMap = new Map()

/** One map of several; a single one is handed on as it is, so that its identity tells what is shared. */
function joined(maps: readonly ResourceMap[]): ResourceMap {
  if (maps.length <= 1) return maps[0] ?? noResources
  return new Map(maps.flatMap(map => [...map]))
}

/** Encodings are kept by content, so equal maps hold the same objects. */
function kept(map: ResourceMap, previous: ResourceMap | undefined): ResourceMap {
  if (previous === undefined || previous === map || previous.size !== map.size) return map
  for (const [name, resource] of map) if (previous.get(name) !== resource) return map
  return previous
}
