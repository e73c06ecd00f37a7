/**
 * The last step to a proxy's resources: changes that the mesh asks for in Envoy's own words (EnvoyFilter).
 *
 * A list of resources that proxies share stays shared: the same changes to the same list make the same object.
 */
import { RE2JS } from 're2js'
import type { Mesh } from '../../../../model/mesh.ts'
import type { At, Labels } from '../../../../model/node.ts'
import type { BoundServer, ProxyPlacement } from '../../../../model/placement.ts'
import type { PolicySubject } from '../../../../model/policy-target.ts'
import {
  istioVersion,
  type PatchContext,
  type ProxyChange,
  type ProxyMatch,
  type ProxyPatch,
} from '../../../../model/proxy-patch.ts'
import { memo } from '../../../../util/memo.ts'
import { sameList } from '../../../../util/same-list.ts'
import { nodeMetadata } from '../bootstrap.ts'
import type { EnvoyResource, Message, XdsType } from '../envoy-resource.ts'
import { type GatewayProxy, portsAbout } from '../gateway-proxies.ts'
import { listenerName } from '../names.ts'
import { policiesAbout } from '../policies-about.ts'
import type { ProxyResources } from '../proxy-resources.ts'
import { patchCluster } from './cluster-patches.ts'
import { patchListener } from './listener-patches.ts'
import type { Patched } from './ordered.ts'
import { patchRoutes } from './route-patches.ts'
import { inContext, type PatchSubject } from './subject.ts'

/** Resources, and the places of the changes that found something in them. */
export interface PatchedResources {
  readonly resources: ProxyResources
  readonly applied: readonly At[]
}

/** A proxy's resources with the changes that are about it. */
export function patchResources(
  resources: ProxyResources,
  proxy: ProxyPlacement,
  { mesh, subject }: { readonly mesh: Mesh; readonly subject: PolicySubject & Pick<PatchSubject, 'gateway'> },
): PatchedResources {
  const changes = changesFor(mesh, proxy, subject)
  if (changes.length === 0) return { resources, applied: [] }
  const own = patchList(changes, resources.own, { ...subject, ports: portsOf(proxy) })
  const shared = resources.shared.map(list => patchShared(changes, list))
  const additions = additionsOf(changes, proxy.kind === 'router' ? 'GATEWAY' : 'SIDECAR')
  const names = additions.length === 0 ? noNames : namesIn([own, ...shared].map(({ list }) => list))
  const added = sameList(additions.filter(({ resource }) => !names.has(keyOf(resource))))
  return {
    resources: { own: own.list, shared: [...shared.map(({ list }) => list), listsOf(added)] },
    applied: [...[own, ...shared].flatMap(({ applied }) => applied), ...added.map(({ at }) => at)],
  }
}

const noNames: ReadonlySet<string> = new Set()

function namesIn(lists: readonly (readonly EnvoyResource[])[]): ReadonlySet<string> {
  return new Set(lists.flatMap(list => list.map(keyOf)))
}

function keyOf({ type, name }: EnvoyResource): string {
  return `${type} ${name}`
}

/** Clusters that changes about a proxy speak of. */
export function clustersNamed(
  mesh: Mesh,
  proxy: ProxyPlacement,
  subject: PolicySubject & Pick<PatchSubject, 'gateway'>,
): readonly string[] {
  return mesh.proxyPatches.length === 0 ? [] : references(changesFor(mesh, proxy, subject)).named
}

/** In Istio's order: by priority, the root namespaces' before the proxy's own, then by name. */
function changesFor(
  mesh: Mesh,
  proxy: ProxyPlacement,
  subject: PolicySubject & Pick<PatchSubject, 'gateway'>,
): readonly ProxyChange[] {
  const metadata = nodeMetadata(proxy)
  const patches = ordered(mesh.rootNamespaces, policiesAbout(mesh.proxyPatches, mesh.rootNamespaces, subject))
  return sameList(
    patches.flatMap(patch =>
      changesAt(patch, subject).filter(({ proxy: match }) => match === undefined || isProxy(match, metadata)),
    ),
  )
}

/** Those that hang on a Gateway are for its ports alone. */
function changesAt(patch: ProxyPatch, { gateway }: Pick<PatchSubject, 'gateway'>): readonly ProxyChange[] {
  return patch.targets === undefined || gateway === undefined ? patch.changes : changesAtPorts(gateway, patch)
}

const changesAtPorts = memo((gateway: GatewayProxy, patch: ProxyPatch): readonly ProxyChange[] => {
  const ports = portsAbout(gateway, patch)
  return ports === undefined ? patch.changes : patch.changes.map(change => ({ ...change, ports }))
})

const ordered = memo((roots: readonly string[], patches: readonly ProxyPatch[]): readonly ProxyPatch[] => {
  const isRoot = ({ namespace }: ProxyPatch) => (roots.includes(namespace) ? 0 : 1)
  return patches.toSorted((a, b) => a.priority - b.priority || isRoot(a) - isRoot(b))
})

function isProxy({ version, metadata: asked }: ProxyMatch, metadata: Labels): boolean {
  if (version !== undefined && !fitsVersion(version)) return false
  return Object.entries(asked).every(([name, value]) => metadata[name] === value)
}

/** A pattern that is none fits nothing: that it is none, a check has said. */
function fitsVersion(pattern: string): boolean {
  try {
    return RE2JS.compile(pattern).matcher(istioVersion).find()
  } catch {
    return false
  }
}

/** Where listeners are bound to ports of their own, a match means the port that they stand for. */
export function portsOf({ inbound, outbound, servers }: ProxyPlacement): PatchSubject['ports'] {
  const bound: readonly BoundServer[] = [...inbound, ...outbound, ...servers]
  return new Map(bound.map(({ listen, port, ...carried }) => [listenerName({ ...listen, ...carried }), port]))
}

interface PatchedList {
  readonly list: readonly EnvoyResource[]
  readonly applied: readonly At[]
}

/** Of gateways nothing is shared. */
const sidecar: PatchSubject = { ports: new Map() }

const patchShared = memo(
  (changes: readonly ProxyChange[], list: readonly EnvoyResource[]): PatchedList => patchList(changes, list, sidecar),
)

function patchList(
  changes: readonly ProxyChange[],
  list: readonly EnvoyResource[],
  subject: PatchSubject,
): PatchedList {
  const patched = list.map(resource => patchOne(resource, changes, subject))
  const applied = patched.flatMap(each => each.applied.map(({ at }) => at))
  const refer = references(changes)
  if (applied.length === 0 && refer.gone.length === 0) return { list, applied }
  const kept = patched.flatMap(({ value, applied: own }) =>
    value === undefined ? [] : [withOrigins(refer.gone.length === 0 ? value : without(value, refer.gone), own)],
  )
  return { list: kept, applied }
}

type Patcher = (
  resource: EnvoyResource,
  changes: readonly ProxyChange[],
  subject: PatchSubject,
) => Patched<EnvoyResource | undefined>

const patchers: Readonly<{ [Type in XdsType]?: Patcher }> = {
  cluster: patchCluster,
  listener: patchListener,
  route: (resource, changes, subject) => {
    const context: PatchContext = subject.gateway === undefined ? 'SIDECAR_OUTBOUND' : 'GATEWAY'
    const { value, applied } = patchRoutes({ value: resource.value, context, subject }, changes)
    return { value: applied.length === 0 ? resource : { ...resource, value }, applied }
  },
}

function patchOne(
  resource: EnvoyResource,
  changes: readonly ProxyChange[],
  subject: PatchSubject,
): Patched<EnvoyResource | undefined> {
  return patchers[resource.type]?.(resource, changes, subject) ?? { value: resource, applied: [] }
}

/** What changes bring to it is to blame first for what Envoy says of it; clusters that they name have to be there before it. */
function withOrigins(resource: EnvoyResource, applied: readonly ProxyChange[]): EnvoyResource {
  if (applied.length === 0) return resource
  const { named, discovered } = references(applied)
  const { needs } = resource
  const cluster = [...new Set([...(needs.cluster ?? []), ...named])]
  const extension = [...new Set([...(needs.extension ?? []), ...discovered])]
  return {
    ...resource,
    needs: {
      ...needs,
      ...(named.length === 0 || resource.type === 'cluster' ? {} : { cluster }),
      ...(discovered.length === 0 || resource.type !== 'listener' ? {} : { extension }),
    },
    from: [...new Set([...applied.map(({ at }) => at).reverse(), ...resource.from])],
  }
}

/** A cluster that is gone is waited for by nobody. */
function without(resource: EnvoyResource, gone: readonly ProxyChange[]): EnvoyResource {
  const { cluster, ...others } = resource.needs
  if (cluster === undefined) return resource
  const left = cluster.filter(name => {
    const probe: EnvoyResource = { type: 'cluster', name, value: {}, needs: {}, from: [] }
    return patchCluster(probe, gone, sidecar).value !== undefined
  })
  return left.length === cluster.length ? resource : { ...resource, needs: { ...others, cluster: left } }
}

/** Clusters that changes take away, and those that their values speak of; extensions that these have their proxies ask for. */
const references = memo((changes: readonly ProxyChange[]) => ({
  gone: changes.filter(({ object, operation }) => object === 'CLUSTER' && operation === 'REMOVE'),
  named: [...new Set(changes.flatMap(({ value }) => clustersIn(value)))],
  discovered: [...new Set(changes.flatMap(({ value }) => discoveredIn(value)))],
}))

/** `cluster`, `cluster_name`: by these names Envoy's messages speak of clusters. */
function clustersIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(clustersIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    (key === 'cluster' || key === 'cluster_name') && typeof member === 'string' ? [member] : clustersIn(member),
  )
}

/** Filters whose settings come from the control plane. */
function discoveredIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(discoveredIn)
  if (typeof value !== 'object' || value === null) return []
  const { name, config_discovery: discovery } = value as Message
  const source = ((discovery ?? {}) as Message)['config_source'] as Message | undefined
  return [...(source?.['ads'] === undefined ? [] : [`${name}`]), ...Object.values(value).flatMap(discoveredIn)]
}

/** A listener, cluster or extension that a change brings along. */
interface Addition {
  readonly at: At
  readonly resource: EnvoyResource
}

const listsOf = memo((additions: readonly Addition[]): readonly EnvoyResource[] =>
  additions.map(({ resource }) => resource),
)

function additionsOf(changes: readonly ProxyChange[], side: 'GATEWAY' | 'SIDECAR'): readonly Addition[] {
  return side === 'GATEWAY' ? additionsToGateways(changes) : additionsToSidecars(changes)
}

const additionsToGateways = memo((changes: readonly ProxyChange[]) => additionsFor(changes, ['GATEWAY']))
const additionsToSidecars = memo((changes: readonly ProxyChange[]) =>
  additionsFor(changes, ['SIDECAR_OUTBOUND', 'SIDECAR_INBOUND']),
)

function additionsFor(changes: readonly ProxyChange[], contexts: readonly PatchContext[]): readonly Addition[] {
  const added = (object: 'CLUSTER' | 'LISTENER' | 'EXTENSION_CONFIG', type: XdsType) =>
    [...new Set(contexts.flatMap(context => inContext(changes, object, context)))]
      .filter(({ operation }) => operation === 'ADD')
      .map(({ at, value = {} }): Addition => ({ at, resource: addedResource(type, value, at) }))
  return [...added('CLUSTER', 'cluster'), ...added('EXTENSION_CONFIG', 'extension'), ...added('LISTENER', 'listener')]
}

function addedResource(type: XdsType, value: Message, at: At): EnvoyResource {
  const needs = {
    ...(type === 'cluster' ? {} : { cluster: clustersIn(value) }),
    ...(type === 'listener' ? { extension: discoveredIn(value) } : {}),
  }
  return { type, name: `${value['name']}`, value, needs, from: [at] }
}
