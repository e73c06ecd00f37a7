import type { Diagnostic, Subject } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../diagnostics/span.ts'
import { type Resource, resourceKey } from '../../kinds/resource.ts'
import { type At, resourceAt } from '../../model/node.ts'
import type { LoadedResource, Part } from '../1-load/loaded.ts'

/** The side table of positions: from a place in the Mesh to the author's line. */
export interface SpanTable {
  /** The range of what stands at `place`, or of the nearest thing around it; undefined for what nobody wrote. */
  readonly spanOf: (place: At, part?: Part) => Span | undefined
  /** The option that the author wrote for what stands at `place`, where it has another name: see `LoadedResource`. */
  readonly optionOf: (place: At) => readonly (string | number)[] | undefined
  /** The pointer of what stands at `place`, as its author counts. */
  readonly pointerOf: (place: At) => string
}

export function spanTable(loaded: readonly LoadedResource[]): SpanTable {
  const byKey = new Map(loaded.map(item => [resourceKey(item.resource), item]))
  const find = (place: At) => {
    const hash = place.indexOf('#')
    return { item: byKey.get(resourceAt(place)), pointer: hash < 0 ? '' : place.slice(hash + 1) }
  }
  return {
    spanOf(place, part) {
      const { item, pointer } = find(place)
      return item?.spanAt(pointer, part)
    },
    optionOf(place) {
      const { item, pointer } = find(place)
      return item?.optionAt?.(pointer)
    },
    pointerOf(place) {
      const { item, pointer } = find(place)
      return item?.authoredPointer?.(pointer) ?? pointer
    },
  }
}

/** Where a finding about what stands at `place` is. */
export function placeOf(
  spans: SpanTable,
  place: At,
  part?: Part,
): Required<Pick<Diagnostic, 'subject' | 'pointer'>> & Pick<Diagnostic, 'span'> {
  const span = spans.spanOf(place, part)
  return { ...(span === undefined ? {} : { span }), subject: subjectAt(place), pointer: spans.pointerOf(place) }
}

/** The object that a finding about this resource is about. */
export function subjectOf(resource: Resource): Subject {
  return { kind: resource.kind, namespace: resource.metadata.namespace ?? '', name: resource.metadata.name }
}

/** The object that a place belongs to. */
export function subjectAt(place: At): Subject {
  const [word = '', namespace = '', ...name] = resourceAt(place).split('/')
  // A group may stand behind the kind.
  const kind = word.split('.', 1)[0]!
  return { kind, namespace, name: name.join('/') }
}
