/** Kubernetes' and Istio's resources as YAML files, one resource a file. */
import { stringify } from 'yaml'
import { kindOf } from '../../kinds/index.ts'
import type { Resource } from '../../kinds/resource.ts'
import type { ResolvedResource } from '../2-resolve/resolve.ts'

/** Files of one target, by path below its folder. */
export function resourceFiles(
  resources: readonly ResolvedResource[],
  target: 'kubernetes' | 'istio',
): Map<string, string> {
  const own = resources.filter(
    ({ resource, definition }) => (definition?.target ?? targetOfUnknown(resource)) === target,
  )
  return new Map(
    own.map(({ resource }) => [fileName(resource), toYaml(resource)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Kinds that we don't know are passed on: Istio's beside Istio's, all others beside Kubernetes'. */
function targetOfUnknown(resource: Resource): 'kubernetes' | 'istio' {
  return resource.apiVersion.split('/')[0]!.endsWith('istio.io') ? 'istio' : 'kubernetes'
}

/**
 * `namespace.name.kind.yaml`: a namespace has no dots, so no two resources meet. Kinds that we don't know carry their
 * API group, for two groups may have a kind of one name.
 */
function fileName(resource: Resource): string {
  const { name, namespace } = resource.metadata
  const group =
    kindOf(resource) === undefined && resource.apiVersion.includes('/') ? `.${resource.apiVersion.split('/')[0]}` : ''
  const parts = [...(namespace === undefined ? [] : [namespace]), name, resource.kind.toLowerCase() + group]
  return `${parts.join('.').replaceAll(/[^A-Za-z0-9._-]/g, '_')}.yaml`
}

const firstFields = ['apiVersion', 'kind', 'metadata', 'spec']

/** Canonical YAML: the four fields that everybody expects first, everything else sorted; no anchors, no folding. */
export function toYaml(resource: Resource): string {
  const ordered = Object.fromEntries([
    ...firstFields.filter(field => resource[field] !== undefined).map(field => [field, sortedKeys(resource[field])]),
    ...Object.entries(resource)
      .filter(([field, value]) => !firstFields.includes(field) && value !== undefined)
      .map(([field, value]) => [field, sortedKeys(value)]),
  ])
  // Kubernetes reads YAML 1.1, in which a plain yes, on or 1_000 is no text.
  return stringify(ordered, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' })
}

export function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortedKeys(member)]),
  )
}
