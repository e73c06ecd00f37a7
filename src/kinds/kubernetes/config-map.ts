import type { Contribution } from '../definition.ts'
import { lowerMeshConfig } from '../istio/mesh-config-lowering.ts'
import { meshConfigRules } from '../istio/mesh-config-rules.ts'
import { type ConfigText, meshConfigOf } from '../istio/mesh-config-text.ts'
import type { MetaMap, ObjectMeta, Resource } from '../resource.ts'
import { badForm, type RuleFinding } from '../rule-finding.ts'

/** Texts by name. The one called `istio` in a root namespace holds, under `mesh`, what is set for a whole mesh. */
export interface ConfigMap {
  /** Group and version of the Kubernetes API: `v1`. */
  apiVersion: 'v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'ConfigMap'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** The texts. Default: none. */
  data?: MetaMap
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export function lowerConfigMap(resource: Resource): Contribution {
  const text = meshConfigOf(resource)
  return text === undefined ? {} : lowerMeshConfig(resource, text)
}

/** Only what is set for a mesh is ours to judge. */
export function* configMapRules(resource: Resource): Iterable<RuleFinding> {
  const text: ConfigText | undefined = meshConfigOf(resource)
  if (text === undefined) return
  if (text.problem !== undefined) yield badForm('/data/mesh', text.problem, 'a mapping in YAML')
  else yield* meshConfigRules(text.config)
}
