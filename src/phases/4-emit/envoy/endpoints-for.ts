/** Endpoints of all that a view sees, as one caller is told of them; callers that stand alike share them. */
import type { CallerPlace } from '../../../model/locality.ts'
import type { Placement } from '../../../model/placement.ts'
import { memo } from '../../../util/memo.ts'
import { endpointsOf } from './endpoints.ts'
import type { EnvoyResource } from './envoy-resource.ts'
import { groundOf } from './guard.ts'
import type { MeshIndex } from './index-mesh.ts'
import { prefersByPlace } from './locality-groups.ts'
import type { View, VisibleService } from './view.ts'

interface EndpointsContext {
  readonly index: MeshIndex
  readonly placement: Placement
}

/** Their endpoints depend on what runs where, too. */
const endpointsIn = memo((index: MeshIndex, placement: Placement, view: View): readonly EnvoyResource[] =>
  view.reachable.flatMap(visible => endpointsOf(index, placement, visible)),
)

/** And on where the caller stands, where that is known and anybody cares. */
export function endpointsFor(
  { index, placement }: EndpointsContext,
  view: View,
  caller: CallerPlace | undefined,
): readonly (readonly EnvoyResource[])[] {
  if (caller === undefined || preferringIn(index, view).length === 0) return [endpointsIn(index, placement, view)]
  return [othersIn(index, placement, view), preferredIn({ index, placement }, view, caller)]
}

/** What is made of a view for callers: once for all that stand alike. */
export function byPlace(
  make: (context: EndpointsContext, view: View, caller: CallerPlace) => readonly EnvoyResource[],
): typeof make {
  const made = memo(
    (_index: MeshIndex, _placement: Placement, _view: View) => new Map<string, readonly EnvoyResource[]>(),
  )
  return (context, view, caller) => {
    const known = made(context.index, context.placement, view)
    const key = JSON.stringify(caller)
    const found = known.get(key) ?? make(context, view, caller)
    known.set(key, found)
    return found
  }
}

const preferringIn = memo((index: MeshIndex, view: View): readonly VisibleService[] =>
  view.reachable.filter(visible => prefers(index, visible)),
)

const othersIn = memo((index: MeshIndex, placement: Placement, view: View): readonly EnvoyResource[] =>
  view.reachable.filter(visible => !prefers(index, visible)).flatMap(visible => endpointsOf(index, placement, visible)),
)

const preferredIn = byPlace(({ index, placement }, view, caller) =>
  preferringIn(index, view).flatMap(visible => endpointsOf(index, placement, visible, caller)),
)

/** Does it matter to a service's endpoints where a caller stands? */
export function prefers(index: MeshIndex, { destination }: VisibleService): boolean {
  return prefersByPlace(groundOf(index.mesh).defaults, destination)
}
