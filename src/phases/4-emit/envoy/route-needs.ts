/** What routes need of the filter chains that lead to them: filters that stand there only for the routes that switch them on. */
import { authorizersOf, type HttpRouting, type RouteAuthorizer } from '../../../model/http-route.ts'
import { memo } from '../../../util/memo.ts'
import { routeAuthorizerCluster } from './authorizers.ts'
import { allRoutings, type View } from './view.ts'

export interface RouteNeeds {
  readonly hasSessions: boolean
  /** Services that any of them asks, once each. */
  readonly authorizers: readonly RouteAuthorizer[]
}

const nothing: RouteNeeds = { hasSessions: false, authorizers: [] }

/** Of all routings together; the same object where there is nothing. */
export function needsOf(routings: readonly HttpRouting[]): RouteNeeds {
  const all = routings.map(ownNeeds).filter(needs => needs !== nothing)
  if (all.length === 0) return nothing
  const authorizers = all.flatMap(needs => needs.authorizers)
  return {
    hasSessions: all.some(({ hasSessions }) => hasSessions),
    authorizers: [...new Map(authorizers.map(authorizer => [authorizer.name, authorizer])).values()],
  }
}

/** Of calls within the mesh. */
export const needsWithin = memo((view: View): RouteNeeds => needsOf(allRoutings(view)))

export function isSameNeeds(a: RouteNeeds | undefined, b: RouteNeeds): boolean {
  const names = ({ authorizers }: RouteNeeds) => authorizers.map(({ name }) => name).join(' ')
  return a !== undefined && (a === b || (a.hasSessions === b.hasSessions && names(a) === names(b)))
}

/** Those that are asked. */
export function askedClusters({ authorizers }: RouteNeeds): string[] {
  return [...new Set(authorizers.map(routeAuthorizerCluster))]
}

const ownNeeds = memo(({ rules }: HttpRouting): RouteNeeds => {
  const hasSessions = rules.some(({ session }) => session !== undefined)
  const authorizers = rules.flatMap(authorizersOf)
  return hasSessions || authorizers.length > 0 ? { hasSessions, authorizers } : nothing
})
