/**
 * What differs between two Envoy configurations, as fields of Envoy's API: `HttpConnectionManager.route_config.…` is written from
 * the nearest message whose type is named, `RouteAction.timeout` from the resource's own.
 */
import type { EnvoyResource, Message, XdsType } from '../phases/4-emit/envoy/index.ts'

const messageNames: { readonly [Type in XdsType]: string } = {
  cluster: 'Cluster',
  endpoint: 'ClusterLoadAssignment',
  extension: 'TypedExtensionConfig',
  listener: 'Listener',
  route: 'RouteConfiguration',
}

/** How often each value stands at each path of a configuration. */
export type Leaves = ReadonlyMap<string, number>

/** All values of all resources; those that are one object are looked at once. */
export function leavesOf(resources: readonly EnvoyResource[]): Leaves {
  const leaves = new Map<string, number>()
  for (const resource of resources)
    for (const leaf of resourceLeaves(resource)) leaves.set(leaf, (leaves.get(leaf) ?? 0) + 1)
  return leaves
}

const known = new WeakMap<Message, readonly string[]>()

function resourceLeaves({ type, value }: EnvoyResource): readonly string[] {
  const found = known.get(value)
  if (found !== undefined) return found
  const leaves: string[] = []
  collect(value, messageNames[type], leaves)
  known.set(value, leaves)
  return leaves
}

function collect(value: unknown, path: string, leaves: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, `${path}[]`, leaves)
    leaves.push(`${orderMark}${path}\0${value.map(item => (item as Message | null)?.['name']).join()}`)
  } else if (typeof value === 'object' && value !== null) {
    const type = (value as Message)['@type']
    const here = typeof type === 'string' ? type.slice(type.lastIndexOf('.') + 1) : path
    if (here !== path) leaves.push(`${path}\0${here}`)
    const members = Object.entries(value).filter(([key]) => key !== '@type')
    if (members.length === 0) leaves.push(`${here}\0{}`)
    for (const [key, member] of members) collect(member, `${here}.${key}`, leaves)
  } else leaves.push(`${path}\0${String(value)}`)
}

/** Begins what says in which order the items of a list stand. */
const orderMark = '\u0001'

/** Paths at which two configurations differ, sorted; lists that differ in their order alone are named where nothing else differs. */
export function changedPaths(before: Leaves, after: Leaves): string[] {
  const paths = [...differences(before, after)].sort()
  const values = paths.filter(path => !path.startsWith(orderMark))
  return values.length > 0 ? values : paths.map(path => path.slice(orderMark.length))
}

function differences(before: Leaves, after: Leaves): Set<string> {
  const paths = new Set<string>()
  for (const [one, other] of [
    [before, after],
    [after, before],
  ] as const)
    for (const [leaf, count] of one) if (other.get(leaf) !== count) paths.add(leaf.slice(0, leaf.indexOf('\0')))
  return paths
}
