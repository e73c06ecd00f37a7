/** HTTPRoutes and GRPCRoutes that meet at a listener: they are never merged, one of the two is accepted. */
import { oldestFirst } from './age.ts'
import { meet } from './hosts.ts'
import type { Listener } from './listeners.ts'
import type { Attachment } from './parents.ts'
import type { HttpApiRoute } from './resources.ts'

interface Attached {
  readonly route: HttpApiRoute
  readonly attachments: readonly Attachment[]
}

type Bound = Attachment['listeners'][number]

/** Who has hosts of a listener. */
type Taken = Map<Listener, { readonly route: HttpApiRoute; readonly hosts: readonly string[] }[]>

/** Where routes of both kinds are for a host of one listener, the older has it, then the first by name (the specification's rule). */
export function withoutCrossings<Of extends Attached>(routes: readonly Of[]): readonly Of[] {
  if (new Set(routes.map(({ route }) => route.kind)).size < 2) return routes
  const taken: Taken = new Map()
  const judged = new Map<Of, Of>()
  for (const each of oldestFirst(routes, ({ route }) => route.metadata)) judged.set(each, withoutTaken(each, taken))
  return routes.map(each => judged.get(each)!)
}

function withoutTaken<Of extends Attached>(each: Of, taken: Taken): Of {
  const { route } = each
  const attachments = each.attachments.map(attachment => {
    const rivals = attachment.listeners.map(bound => rivalOf(route, bound, taken))
    const lost = attachment.listeners.flatMap(({ listener }, index) => {
      const rival = rivals[index]
      return rival === undefined ? [] : [{ listener, rival }]
    })
    if (lost.length === 0) return attachment
    const listeners = attachment.listeners.filter((_, index) => rivals[index] === undefined)
    return listeners.length > 0 ? { ...attachment, listeners, lost } : refused(attachment, lost[0]!.rival)
  })
  for (const { listener, hosts } of attachments.flatMap(({ listeners }) => listeners))
    taken.set(listener, [...(taken.get(listener) ?? []), { route, hosts }])
  return { ...each, attachments }
}

function rivalOf({ kind }: HttpApiRoute, { listener, hosts }: Bound, taken: Taken): HttpApiRoute | undefined {
  const others = (taken.get(listener) ?? []).filter(({ route }) => route.kind !== kind)
  return others.find(other => other.hosts.some(a => hosts.some(b => meet(a, b))))?.route
}

function refused(
  { unserved: _, ...attachment }: Attachment,
  { kind, metadata: { name, namespace } }: HttpApiRoute,
): Attachment {
  const message = `${kind} "${name}" in namespace "${namespace}" is for the same hosts there, and goes first by age or name`
  const { at } = attachment.accepted
  return {
    ...attachment,
    listeners: [],
    accepted: { type: 'Accepted', status: 'False', reason: 'HostnameConflict', message, at },
  }
}
