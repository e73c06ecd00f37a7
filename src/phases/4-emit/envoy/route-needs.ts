/** What routes need of the filter chains that lead to them: filters that stand there only for the routes that switch them on. */
import type { HttpRouting } from '../../../model/http-route.ts'
import { memo } from '../../../util/memo.ts'
import type { View } from './view.ts'

export interface RouteNeeds {
  readonly hasSessions: boolean
}

const nothing: RouteNeeds = { hasSessions: false }

/** Of all routings together; the same object where there is nothing. */
export function needsOf(routings: readonly HttpRouting[]): RouteNeeds {
  const all = routings.map(ownNeeds).filter(needs => needs !== nothing)
  return all.length === 0 ? nothing : { hasSessions: all.some(({ hasSessions }) => hasSessions) }
}

/** Of calls within the mesh. */
export const needsWithin = memo(
  (view: View): RouteNeeds => needsOf(view.services.flatMap(({ routing }) => routing ?? [])),
)

export function isSameNeeds(a: RouteNeeds | undefined, b: RouteNeeds): boolean {
  return a?.hasSessions === b.hasSessions
}

const ownNeeds = memo(({ rules }: HttpRouting): RouteNeeds => {
  const hasSessions = rules.some(({ session }) => session !== undefined)
  return hasSessions ? { hasSessions } : nothing
})
