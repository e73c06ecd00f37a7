/**
 * Measures what each field of a kind does in Envoy: an example that uses every field is compiled, then compiled again with one value
 * changed at a time, and what differs in the configuration of all proxies is what the field sets.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../kinds/resource.ts'
import type { Mesh } from '../model/mesh.ts'
import { type Placement, type ProxyPlacement, proxyName } from '../model/placement.ts'
import type { LoadedResource } from '../phases/1-load/loaded.ts'
import { type Resolved, resolve } from '../phases/2-resolve/resolve.ts'
import { fieldPath } from '../phases/3-check/field-path.ts'
import { checkRules } from '../phases/3-check/rules.ts'
import { checkShapes } from '../phases/3-check/shapes.ts'
import { allocate, allResources, emitProxy } from '../phases/4-emit/envoy/index.ts'
import { pointerToken } from '../util/pointer-token.ts'
import { changedPaths, type Leaves, leavesOf } from './envoy-paths.ts'
import { otherValues, valueAt, withValue } from './field-changes.ts'
import { type FieldSchema, type FieldUse, fieldUses } from './field-paths.ts'

/** A kind of which an example uses the fields. */
export interface ExampleKind {
  readonly kind: string
  readonly apiGroup: string
  readonly fields: ReadonlyMap<string, FieldSchema>
}

/** What one field does. */
export interface FieldEffect {
  /** Fields of Envoy's API that it sets, most telling first; none where it has no effect on them. */
  readonly envoy: readonly string[]
  /** What is said of it where it has none: a finding's message. */
  readonly finding?: string
}

interface Compiled {
  readonly resolved: Resolved
  readonly findings: readonly Diagnostic[]
  /** Absent where something is wrong. */
  readonly leaves?: Leaves
}

/** The namespace of examples. */
const namespace = 'shop'

/**
 * By field: what it does. A field that no resource of the kind uses is missing.
 *
 * @param loaded resources of an example that has no error
 * @throws Error where it has one
 */
export function fieldEffects(loaded: readonly LoadedResource[], kind: ExampleKind): Map<string, FieldEffect> {
  const base = compiled(loaded)
  const [broken] = base.findings.filter(({ severity }) => severity === 'error')
  if (base.leaves === undefined) throw new Error(`the example of ${kind.kind} is broken: ${broken?.message}`)
  const effects = new Map<string, FieldEffect>()
  for (const [index, item] of loaded.entries()) {
    const text = textIn(item.resource, kind)
    if (text === undefined) continue
    for (const use of fieldUses(text.body, kind.fields)) {
      if ((effects.get(use.path)?.envoy.length ?? 0) > 0) continue
      const change = (body: unknown): Leaves | undefined => {
        if (body === undefined) return compiled(loaded.toSpliced(index, 1), base.resolved).leaves
        return compiled(loaded.with(index, { ...item, resource: text.put(body as Resource) }), base.resolved).leaves
      }
      const envoy = changesOf({ before: base.leaves, body: text.body, use, schema: kind.fields.get(use.path)!, change })
      const finding = findingAbout(item.resource, use, base.findings)
      if (envoy.length > 0 || !effects.has(use.path))
        effects.set(use.path, { envoy, ...(envoy.length > 0 || finding === undefined ? {} : { finding }) })
    }
  }
  return effects
}

/** A resource, or MeshConfig in the text of a ConfigMap, and how a changed one is put in its place. */
export function textIn(
  resource: Resource,
  { kind, apiGroup }: Pick<ExampleKind, 'kind' | 'apiGroup'>,
): { readonly body: object; readonly put: (body: object) => Resource } | undefined {
  if (kind === 'MeshConfig') {
    const { mesh, ...rest } = (resource['data'] ?? {}) as { readonly mesh?: string }
    if (resource.kind !== 'ConfigMap' || mesh === undefined || !mesh.startsWith('{')) return undefined
    const put = (body: object): Resource => ({ ...resource, data: { ...rest, mesh: JSON.stringify(body) } })
    return { body: JSON.parse(mesh) as object, put }
  }
  if (resource.kind !== kind || !resource.apiVersion.startsWith(`${apiGroup}/`)) return undefined
  return { body: resource, put: body => body as Resource }
}

interface Change {
  readonly before: Leaves
  readonly body: object
  readonly use: FieldUse
  readonly schema: FieldSchema
  /** What another resource, or none, gives; undefined where that is wrong. */
  readonly change: (body: unknown) => Leaves | undefined
}

/** So few paths are as good as it gets: no other value is tried. */
const enough = 1

/** What differs with another value of a field, or without it: the change that touches least tells most. */
function changesOf({ before, body, use: { keys }, schema, change }: Change): readonly string[] {
  let least: readonly string[] | undefined
  for (const value of [...otherValues(valueAt(body, keys), schema), undefined]) {
    const after = change(withValue(body, keys, value))
    if (after === undefined) continue
    const paths = changedPaths(before, after)
    if (least === undefined || least.length === 0 || (paths.length > 0 && paths.length < least.length)) least = paths
    if (least.length > 0 && least.length <= enough) return least
  }
  if (least !== undefined) return least
  // It must be there, and can't be otherwise: what it is a part of is taken away.
  for (let length = keys.length - 1; length > 1; length--) {
    const after = change(withValue(body, keys.slice(0, length), undefined))
    if (after !== undefined) return changedPaths(before, after)
  }
  const without = change(undefined)
  return without === undefined ? [] : changedPaths(before, without)
}

/** What is said of a field, or of one that it is a part of. */
function findingAbout(resource: Resource, { keys }: FieldUse, findings: readonly Diagnostic[]): string | undefined {
  const own = findings.filter(
    ({ subject }) => subject?.kind === resource.kind && subject.name === resource.metadata.name,
  )
  const pointers = keys.map(
    (_, index) =>
      `/${keys
        .slice(0, index + 1)
        .map(key => pointerToken(String(key)))
        .join('/')}`,
  )
  for (const pointer of pointers.toReversed()) {
    const name = fieldPath(pointer)
    const about = own.find(({ message }) => message.includes(`${name} `) || message.includes(`${name}:`))
    if (about !== undefined) return about.message
  }
  return undefined
}

function compiled(loaded: readonly LoadedResource[], previous?: Resolved): Compiled {
  const shaped = checkShapes(loaded, namespace)
  const { value: resolved, diagnostics } = resolve(shaped.resources, {
    namespace,
    ...(previous === undefined ? {} : { previous }),
  })
  const findings = [...shaped.diagnostics, ...diagnostics, ...checkRules(resolved)]
  if (findings.some(({ severity }) => severity === 'error')) return { resolved, findings }
  return {
    resolved,
    findings,
    leaves: leavesOf(placements(resolved.mesh).flatMap(at => everything(resolved.mesh, at))),
  }
}

function everything(mesh: Mesh, placement: Placement): ReturnType<typeof allResources> {
  return Object.values(placement.proxies).flatMap(proxy => allResources(emitProxy(mesh, placement, proxy)))
}

/** As a gateway's pods are bound. */
function onAllAddresses(proxy: ProxyPlacement): ProxyPlacement {
  const servers = proxy.servers.map(({ port, listen }) => ({ port, listen: { ...listen, address: '0.0.0.0' } }))
  return { ...proxy, servers }
}

/** Where the examples' proxies stand in a cluster. */
const locality = { region: 'eu-west', zone: 'eu-west-1', subzone: 'a' }

/** On one machine, and in a cluster, where traffic is redirected and proxies are given certificates. */
function placements(mesh: Mesh): Placement[] {
  const local = allocate(mesh)
  const redirected = Object.values(allocate(mesh, { hasIdentity: true }).proxies).map(
    (proxy): ProxyPlacement =>
      proxy.kind === 'router'
        ? onAllAddresses({ ...proxy, locality })
        : { ...proxy, locality, outbound: [], interception: 'redirect' },
  )
  const addresses = Object.fromEntries(mesh.services.map(({ host }, index) => [host, [`10.96.0.${index + 1}`]]))
  const proxies = Object.fromEntries(redirected.map(proxy => [proxyName(proxy), proxy]))
  return [local, { proxies, addresses, hasIdentity: true, hasSecrets: true }]
}
