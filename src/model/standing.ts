import type { At, Node } from './node.ts'

/** What has become of a resource of the Gateway API: its conditions, with the words that its specification has for them. */
export interface Standing extends Node {
  readonly kind:
    | 'GatewayClass'
    | 'Gateway'
    | 'ListenerSet'
    | 'HTTPRoute'
    | 'GRPCRoute'
    | 'TLSRoute'
    | 'TCPRoute'
    | 'UDPRoute'
    | 'BackendTLSPolicy'
  /** Is it ours to say so? Gateways of another's class, and what is attached to them, have a controller of their own. */
  readonly isOurs: boolean
  /**
   * Of a route: which parent it is about, as `Kind namespace/name`; of a policy: in front of whom it holds; of a ListenerSet and its
   * listeners: the Gateway to which they are added.
   */
  readonly parent?: string
  /** Of a route: which of its `parentRefs` that is, from 0; absent where it is a default. */
  readonly parentIndex?: number
  /** Of a route: is the parent a default, that it does not name? */
  readonly isDefault?: true
  /** Of a Gateway or ListenerSet: which listener it is about; absent: the whole. */
  readonly listener?: string
  /** Of a listener: how many routes are attached to it. */
  readonly attachedRoutes?: number
  /** Of a listener: kinds of routes that it takes. */
  readonly routeKinds?: readonly string[]
  /** Of a Gateway or a listener: Secrets that it names and may name, which only those can judge who know what they hold. */
  readonly secrets?: readonly StandingSecret[]
  readonly conditions: readonly Condition[]
}

export interface StandingSecret {
  readonly namespace: string
  readonly name: string
  /** What it is for: to end TLS, to judge clients, or to be shown to backends. */
  readonly use: 'server' | 'clients' | 'backends'
  readonly at: At
}

export interface Condition {
  readonly type:
    | 'Accepted'
    | 'Programmed'
    | 'ResolvedRefs'
    | 'Conflicted'
    | 'OverlappingTLSConfig'
    | 'InsecureFrontendValidationMode'
  readonly status: 'True' | 'False' | 'Unknown'
  /** `NoMatchingListenerHostname`, … */
  readonly reason: string
  /** In words, where it is not as it should be. */
  readonly message?: string
  /** The name that was most likely meant, where one that is there is near. */
  readonly nearest?: string
  /** What the author wrote that makes it so. */
  readonly at: At
}

/** Names an object with its kind, as `parent` does: `Gateway namespace/name`. */
export function standingKey({
  kind,
  namespace,
  name,
}: Pick<Standing, 'namespace' | 'name'> & { readonly kind: string }): string {
  return `${kind} ${namespace}/${name}`
}

/** Is a condition true? */
export function holds({ conditions }: Pick<Standing, 'conditions'>, wanted: Condition['type']): boolean {
  return conditions.some(({ type, status }) => type === wanted && status === 'True')
}

/**
 * Judges Gateways and ListenerSets anew of which listeners have changed. What a ListenerSet adds is its Gateway's as well.
 *
 * @param wholeOf conditions of one, by its own listeners and those that are added to it
 * @returns the same list where nothing has changed
 */
export function withWholes(
  standings: readonly Standing[],
  before: readonly Standing[],
  wholeOf: (whole: Standing, own: readonly Standing[], added: readonly Standing[]) => readonly Condition[],
): readonly Standing[] {
  const unchanged = new Set(before)
  if (standings.every(standing => unchanged.has(standing))) return before
  const listeners = standings.filter(({ listener }) => listener !== undefined)
  const byOwner = Map.groupBy(listeners, standingKey)
  const byParent = Map.groupBy(listeners, ({ parent = '' }) => parent)
  return standings.map(standing => {
    const key = standingKey(standing)
    const [own, added] = [byOwner.get(key) ?? [], byParent.get(key) ?? []]
    return standing.listener === undefined && [...own, ...added].some(each => !unchanged.has(each))
      ? { ...standing, conditions: wholeOf(standing, own, added) }
      : standing
  })
}
