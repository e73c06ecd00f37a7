import type { Subject } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../diagnostics/span.ts'
import { type Resource, resourceKey } from '../../kinds/resource.ts'
import type { At } from '../../model/node.ts'
import type { LoadedResource, Part } from '../1-load/loaded.ts'

/** The side table of positions: from a place in the Mesh to the author's line. */
export interface SpanTable {
  /** The range of what stands at `place`, or of the nearest thing around it; undefined for what nobody wrote. */
  readonly spanOf: (place: At, part?: Part) => Span | undefined
}

export function spanTable(loaded: readonly LoadedResource[]): SpanTable {
  const byKey = new Map(loaded.map(item => [resourceKey(item.resource), item]))
  return {
    spanOf(place, part) {
      const hash = place.indexOf('#')
      const key = hash < 0 ? place : place.slice(0, hash)
      return byKey.get(key)?.spanAt(hash < 0 ? '' : place.slice(hash + 1), part)
    },
  }
}

/** The object that a finding about this resource is about. */
export function subjectOf(resource: Resource): Subject {
  return { kind: resource.kind, namespace: resource.metadata.namespace ?? '', name: resource.metadata.name }
}

/** The object that a place belongs to. */
export function subjectAt(place: At): Subject {
  const [kind = '', namespace = '', ...name] = place.split('#', 1)[0]!.split('/')
  return { kind, namespace, name: name.join('/') }
}
