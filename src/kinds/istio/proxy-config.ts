import type { ProxySetup } from '../../model/proxy-setup.ts'
import { type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import { noEffect, type RuleFinding, token, withoutEffect } from '../rule-finding.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import { selectorRules } from './policy-target.ts'

/**
 * How the proxies of some workloads are run. Read when a pod is made: running proxies keep what they have. Under `mesh up` proxies
 * start anew.
 */
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
   * Worker threads of the proxy; 0: one for each core. Default: MeshConfig’s, or else 2; under `mesh up` 1.
   * @format int32
   * @minimum 0
   */
  concurrency?: number
  /** Environment of the proxy’s container, beside what the mesh sets; a value has 2048 characters at most. Default: none. */
  environmentVariables?: ProxyEnvironment
  /** Which build of the proxy. Default: the mesh’s. Kept for Istio: Envoy’s own images have no such builds. */
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
  yield* environmentRules(spec.environmentVariables, '/spec/environmentVariables')
  if (spec.image?.imageType !== undefined)
    yield withoutEffect(
      '/spec/image/imageType',
      'builds are those of Istio’s images; a pod names another image by the annotation sidecar.istio.io/proxyImage',
    )
}

/** Variables by which a proxy knows who it is: nobody else sets them. */
export const ownVariables: ReadonlySet<string> = new Set(['POD_NAME', 'POD_NAMESPACE', 'POD_IP', 'MESHWRIGHT_PEER'])

export function* environmentRules(environment: ProxyEnvironment | undefined, pointer: string): Iterable<RuleFinding> {
  for (const name of Object.keys(environment ?? {}))
    if (ownVariables.has(name)) yield noEffect(`${pointer}/${token(name)}`, 'the mesh sets it')
}

export function lowerProxyConfig(resource: Resource): Contribution {
  const { spec = {} } = resource as unknown as ProxyConfig
  const { concurrency, environmentVariables, selector } = spec
  const labels = selector?.matchLabels ?? {}
  const isWide = Object.keys(labels).length === 0
  const setup = lowerSetup({ concurrency, environment: environmentVariables })
  return { proxySetups: [{ ...nodeOf(resource), ...(isWide ? {} : { selector: labels }), setup }] }
}

/** What there is of it. */
export function lowerSetup({
  concurrency,
  environment = {},
}: {
  readonly concurrency: number | undefined
  readonly environment: ProxyEnvironment | undefined
}): ProxySetup {
  const own = Object.entries(environment).filter(([name]) => !ownVariables.has(name))
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(own.length === 0 ? {} : { environment: Object.fromEntries(own) }),
  }
}
