import { labels } from '../forms.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'

/**
 * A machine that runs pods. Its labels `topology.kubernetes.io/region` and `topology.kubernetes.io/zone`, and
 * `topology.istio.io/subzone`, say where it stands: in a cluster, callers prefer places by them.
 */
export interface Node {
  /** Group and version of the Kubernetes API: `v1`. */
  apiVersion: 'v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Node'
  /** Name, labels and annotations; a node is in no namespace. */
  metadata: ObjectMeta
  /** What the cluster is to do with it. Default: the cluster’s own choice. */
  spec?: NodeSpec
}

export interface NodeSpec {
  /** Are no more pods to come? Default: false. */
  unschedulable?: boolean
  /** What keeps pods away that don’t tolerate it. Default: nothing. */
  taints?: NodeTaint[]
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface NodeTaint {
  /** What pods tolerate it by. */
  key: string
  /** What the key has to be. Default: nothing in particular. */
  value?: string
  /** What happens to pods that don’t tolerate it. */
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

/** What the API server demands of a Node’s labels. */
export function nodeRules({ metadata }: Resource): Iterable<RuleFinding> {
  return labels('/metadata/labels', metadata.labels)
}
