/**
 * From declarations to the Mesh: ordered passes, each pure and total.
 *
 * Owns names, namespaces, defaults and lowering. Knows no output format and does no IO; whether what is named exists is
 * for the checks to say.
 */
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import type { KindDefinition } from '../../kinds/definition.ts'
import { kindOf } from '../../kinds/index.ts'
import type { Resource } from '../../kinds/resource.ts'
import type { Mesh } from '../../model/mesh.ts'
import type { Recording } from '../../model/recording.ts'
import type { LoadedResource } from '../1-load/loaded.ts'
import { type DigestedResource, digestOf, digestResource } from './digest.ts'
import { lowerAll } from './lower.ts'
import { nameFindings } from './names.ts'
import { withDeclaredNamespace, withNamespaces } from './namespaces.ts'
import { type SpanTable, spanTable } from './span-table.ts'
import { withoutDuplicates } from './unique.ts'

export interface ResolveOptions {
  /** Namespace of what names none. Default: `default`. */
  readonly namespace?: string
  /** Do pods of that namespace get proxies? Default: its labels are left as they are. */
  readonly injection?: boolean
  /** DNS suffix of service hosts. Default: `cluster.local`. */
  readonly domain?: string
  /** Namespaces whose policies hold for the whole mesh. Default: our own and Istio's. */
  readonly rootNamespaces?: readonly string[]
  /** What proxies note down. */
  readonly recording?: Recording
  /** File with the roots of public CAs on the proxies' disks. */
  readonly caFile?: string
  /** What an earlier resolve of the same mesh gave: what has not changed keeps its identity. */
  readonly previous?: Resolved
}

/** One resource with what we know of its kind; `kind` is absent for kinds that are only passed on. */
export interface ResolvedResource extends DigestedResource {
  readonly definition?: KindDefinition
}

/** A revision: an immutable set of resources, what they mean together, and where each was written. */
export interface Resolved {
  /** Content digest over all resources; comments, positions and the order of files never touch it. */
  readonly digest: string
  readonly resources: readonly ResolvedResource[]
  readonly mesh: Mesh
  readonly spans: SpanTable
}

/** Existing policies for a whole mesh lie in Istio's. */
const defaultRoots: readonly string[] = ['mesh-system', 'istio-system']

export function resolve(loaded: readonly LoadedResource[], options: ResolveOptions = {}): Outcome<Resolved> {
  const diagnostics: Diagnostic[] = []
  const namespaced = withDeclaredNamespace(withNamespaces(loaded, options.namespace ?? 'default'), options)
  const unique = withoutDuplicates(namespaced)
  diagnostics.push(...unique.diagnostics)
  const spans = spanTable(unique.value)
  diagnostics.push(...unique.value.flatMap(({ resource }) => nameFindings(resource, spans)))

  const reuse = new Map(options.previous?.resources.map(resource => [resource.key, resource]) ?? [])
  const resources = unique.value.map(({ resource }) => resolvedResource(resource, reuse)).sort(byKey)
  const digest = digestOf(resources)
  if (options.previous?.digest === digest) return { value: { ...options.previous, spans }, diagnostics }
  return {
    value: {
      digest,
      resources,
      mesh: lowerAll(
        resources,
        {
          domain: options.domain ?? 'cluster.local',
          rootNamespaces: options.rootNamespaces ?? defaultRoots,
          ...(options.recording === undefined ? {} : { recording: options.recording }),
          ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
        },
        options.previous?.mesh,
      ),
      spans,
    },
    diagnostics,
  }
}

function resolvedResource(resource: Resource, reuse: ReadonlyMap<string, ResolvedResource>): ResolvedResource {
  const digested = digestResource(resource)
  const known = reuse.get(digested.key)
  if (known?.digest === digested.digest) return known
  const definition = kindOf(resource)
  return definition === undefined ? digested : { ...digested, definition }
}

function byKey(a: ResolvedResource, b: ResolvedResource): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}
