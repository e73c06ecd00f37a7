import type { Mesh } from '../model/mesh.ts'
import { type At, type Node, placeIn } from '../model/node.ts'
import { type Resource, resourceKey } from './resource.ts'
import type { KindCheck } from './rule-finding.ts'

/** What one resource adds to the Mesh. */
export type Contribution = Partial<Omit<Mesh, 'domain' | 'rootNamespaces' | 'recording' | 'caFile' | 'standings'>>

export interface LowerContext {
  /** DNS suffix of the mesh's services: `cluster.local`. */
  readonly domain: string
}

/** One kind of resource: where it belongs in the outputs and what it means. */
export interface KindDefinition {
  readonly kind: string
  /** API groups and versions that are read; the first is what we write. */
  readonly apiVersions: readonly [string, ...string[]]
  /** The output folder. */
  readonly target: 'kubernetes' | 'istio'
  /** Does a resource of this kind live in a namespace? */
  readonly namespaced: boolean
  /**
   * What a resource, already valid by its schema and with its namespace filled in, means.
   * Absent: the kind is checked and passed on, and adds nothing to the Mesh.
   */
  readonly lower?: (resource: Resource, context: LowerContext) => Contribution
  /** Does resolve make of it, together with other resources, what it adds to the Mesh? */
  readonly isLoweredTogether?: true
  /** What the schema cannot say: fields that exclude each other, forms of names, what is not served yet. */
  readonly check?: KindCheck
}

/** The address of a value in a resource. */
export function at(resource: Resource, pointer = ''): At {
  return placeIn(resourceKey(resource), pointer)
}

/** Name, namespace and place: what each noun of the Mesh begins with. */
export function nodeOf(resource: Resource): Node {
  const { name, namespace = '', creationTimestamp } = resource.metadata
  const age = typeof creationTimestamp === 'string' ? { createdAt: creationTimestamp } : {}
  return { name, namespace, at: at(resource), ...age }
}

/** A host in the one form in which it is compared: small letters, and no dot at its end. */
export function plainHost(host: string): string {
  return host.replace(/\.$/, '').toLowerCase()
}

/**
 * The fully qualified form of a host as Istio reads it: a name without dots is a service of the resource's own
 * namespace; anything else is taken as it is. Names are the same in any case, and Envoy refuses two that differ in nothing else.
 */
export function qualifyHost(host: string, namespace: string, domain: string): string {
  const name = plainHost(host)
  // A dot at its end says that a name is whole.
  if (host.endsWith('.')) return name
  return name.includes('.') || name.startsWith('*') ? name : `${name}.${namespace}.svc.${domain}`
}
