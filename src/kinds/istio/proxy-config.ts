import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import { selectorRules } from './policy-target.ts'

/** How the proxies of some workloads are run. Read when a pod is made: running proxies keep what they have. */
export interface ProxyConfig {
  /** Group and version; there is no other. */
  apiVersion: 'networking.istio.io/v1beta1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'ProxyConfig'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Whose proxies, and how they are run. Default: nothing is changed. */
  spec?: ProxyConfigSpec
}

export interface ProxyConfigSpec {
  /** Which workloads of the namespace. Default: all of them; in the mesh’s root namespace, all of the mesh. */
  selector?: WorkloadSelector
  /**
   * Worker threads of the proxy; 0: one for each core. Default: as the container’s CPU limit has it.
   * @format int32
   * @minimum 0
   */
  concurrency?: number
  /** Environment of the proxy’s container, beside what the mesh sets; a value has 2048 characters at most. Default: none. */
  environmentVariables?: ProxyEnvironment
  /** Which build of the proxy. Default: the mesh’s. */
  image?: ProxyImage
}

/**
 * Values by the variables’ names.
 * @valueMaxLength 2048
 */
export interface ProxyEnvironment {
  /** The variable’s value. */
  [name: string]: string
}

export interface ProxyImage {
  /** The build that the image’s tag ends in: `default`, `debug` or `distroless`. Default: the mesh’s. */
  imageType?: string
}

/** Istio's validation of ProxyConfig. */
export function* proxyConfigRules(resource: Resource): Iterable<RuleFinding> {
  const { spec = {} } = resource as unknown as ProxyConfig
  yield* selectorRules(spec.selector)
}
