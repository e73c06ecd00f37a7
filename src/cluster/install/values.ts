/** What an installation can be told: plain data, with a profile as its beginning and `--set` for the rest. */
import { defaultCaFile } from '../../model/mesh.ts'
import type { Recording } from '../../model/recording.ts'
import { isObject } from '../../util/is-object.ts'
import { ownValue } from '../../util/own-value.ts'
import type { AuthoritySource } from '../authority-secret.ts'
import type { InjectionSettings } from '../inject/inject-pod.ts'
import { podCertificateSeconds } from '../pod-certificates.ts'

export interface InstallValues {
  /**
   * Whose the proxies are. `envoy`: ours, served by the control plane. `istio`: istiod's; then the control plane checks what is
   * applied, and injects and serves nothing.
   */
  readonly target: string
  /** Namespace of the control plane. */
  readonly namespace: string
  /** Name of this control plane, by which namespaces and pods may choose one of several. */
  readonly revision: string
  /** DNS suffix of services, and the trust domain of identities. */
  readonly domain: string
  readonly images: {
    readonly agent: string
    readonly proxy: string
    readonly init: string
    readonly pullPolicy: string
  }
  readonly agent: {
    readonly replicas: number
    readonly cpu: string
    readonly memory: string
    readonly logLevel: string
  }
  readonly gateway: {
    readonly enabled: boolean
    readonly replicas: number
    /** LoadBalancer, NodePort or ClusterIP. */
    readonly serviceType: string
    readonly cpu: string
    readonly memory: string
  }
  readonly proxy: {
    readonly cpu: string
    readonly memory: string
    readonly logLevel: string
    /** File with the roots of public CAs in the proxies' image. */
    readonly caFile: string
    /** Do proxies answer their pods' questions for names, where neither MeshConfig nor the pod says otherwise? */
    readonly dnsCapture: boolean
  }
  /** Do proxies write a line for each request to their standard output? */
  readonly accessLog: boolean
  readonly tracing: {
    /** Share of requests that the first proxy marks for tracing, percent, 0 to 100. */
    readonly sampling: number
  }
  /** Act on Istio's injection labels too; switched off where Istio injects itself. */
  readonly istioLabels: boolean
  readonly validation: {
    /**
     * What comes of an error that a policy finds in an object which is applied: `enforce`: the object is refused; `warn`: whoever
     * applies it is told; `off`: policies are not asked. `auto`: `warn` with target istio, where objects are everybody's, else
     * `enforce`. What the mesh could not run is refused in any case.
     */
    readonly policies: string
  }
  readonly certificates: {
    /** Life of a workload's certificate, s. */
    readonly ttlSeconds: number
  }
  readonly identity: {
    /** Who makes the authority: `mesh`, the agent itself, or a company's Secret `cacerts`; or `cert-manager`. */
    readonly authority: string
    /** cert-manager's issuer of the agent's intermediate. */
    readonly issuer: { readonly name: string; readonly kind: string; readonly group: string }
    /** Life of that intermediate, h. It is renewed after two thirds of it. */
    readonly intermediateHours: number
    /**
     * Who makes a pod's key: `agent`, for each of its proxy's streams; or `pod`: the kubelet, by Kubernetes' pod certificates,
     * and the agent signs.
     */
    readonly key: string
  }
}

/** Envoy's official image of the version that configuration is made for. */
const proxyImage = 'docker.io/envoyproxy/envoy:distroless-v1.40.0'

const base: InstallValues = {
  target: 'envoy',
  namespace: 'mesh-system',
  revision: 'default',
  domain: 'cluster.local',
  images: {
    agent: 'docker.io/meshwright/agent:0.1.0',
    proxy: proxyImage,
    init: 'docker.io/meshwright/init:0.1.0',
    pullPolicy: 'IfNotPresent',
  },
  agent: { replicas: 2, cpu: '100m', memory: '256Mi', logLevel: 'info' },
  gateway: { enabled: true, replicas: 1, serviceType: 'LoadBalancer', cpu: '100m', memory: '128Mi' },
  proxy: { cpu: '100m', memory: '128Mi', logLevel: 'warning', caFile: defaultCaFile, dnsCapture: false },
  accessLog: false,
  tracing: { sampling: 1 },
  istioLabels: true,
  validation: { policies: 'auto' },
  certificates: { ttlSeconds: 86_400 },
  identity: {
    authority: 'mesh',
    issuer: { name: '', kind: 'ClusterIssuer', group: 'cert-manager.io' },
    intermediateHours: 2160,
    key: 'agent',
  },
}

/** By name: what each profile is, beginning with what it is for. */
export const profiles: Readonly<{ [name: string]: InstallValues }> = {
  /** The control plane alone, one replica: for adding gateways by hand. */
  minimal: { ...base, agent: { ...base.agent, replicas: 1 }, gateway: { ...base.gateway, enabled: false } },
  /** For production: two replicas, an ingress gateway. */
  default: base,
  /** For a laptop: one of each, small, and everything is noted down. */
  demo: {
    ...base,
    agent: { ...base.agent, replicas: 1, cpu: '10m', memory: '128Mi' },
    gateway: { ...base.gateway, cpu: '10m', memory: '64Mi' },
    proxy: { ...base.proxy, cpu: '10m', memory: '64Mi' },
    accessLog: true,
    tracing: { sampling: 100 },
  },
}

/** The port on which the control plane serves xDS over TLS (Istio's). */
export const xdsPort = 15012

/** What pods are given under these values. */
export function injectionSettings(values: InstallValues): InjectionSettings {
  return {
    systemNamespace: values.namespace,
    revision: values.revision,
    readsIstioLabels: values.istioLabels,
    domain: values.domain,
    images: values.images,
    xds: { host: `${agentName}.${values.namespace}.svc`, port: xdsPort },
    resources: { cpu: values.proxy.cpu, memory: values.proxy.memory },
    logLevel: values.proxy.logLevel,
    dns: { captures: values.proxy.dnsCapture },
    ...(hasPodKeys(values) ? { podKeySeconds: values.certificates.ttlSeconds } : {}),
  }
}

/** What `target` may be. */
export const installTargets = ['envoy', 'istio'] as const

/** Are proxies the control plane's own? */
export function servesProxies({ target }: InstallValues): boolean {
  return target !== 'istio'
}

/** What an error of a policy does to an object. */
export type PolicyUse = 'enforce' | 'warn' | 'off'

/** What `validation.policies` may be, and what it means. */
const policyUses: Readonly<{ [word: string]: (values: InstallValues) => PolicyUse }> = {
  auto: values => (servesProxies(values) ? 'enforce' : 'warn'),
  enforce: () => 'enforce',
  warn: () => 'warn',
  off: () => 'off',
}

/** What `validation.policies` may be. */
export const policyWords: readonly string[] = Object.keys(policyUses)

/** How objects that are applied are held against policies under these values. */
export function policyUse(values: InstallValues): PolicyUse {
  return (ownValue(policyUses, values.validation.policies) ?? policyUses['auto']!)(values)
}

/** The same with several replicas: then budgets are among what is made, as an earlier installation may have made them. */
export function withBudgets(values: InstallValues): InstallValues {
  const { agent, gateway } = values
  const several = { replicas: 2 }
  return { ...values, agent: { ...agent, ...several }, gateway: { ...gateway, ...several } }
}

/** Do pods have keys of their own? */
export function hasPodKeys(values: InstallValues): boolean {
  return servesProxies(values) && values.identity.key === 'pod'
}

/** What proxies note down under these values. */
export function recordingOf({ accessLog, tracing }: InstallValues): Recording {
  return { accessLog, traceSampling: tracing.sampling }
}

/** Who makes the authority. */
export function sourceOf({ identity }: InstallValues): AuthoritySource {
  return identity.authority === 'cert-manager' ? 'cert-manager' : 'mesh'
}

/** The port on which the API server calls webhooks (Istio's). */
export const webhookPort = 15017
/** And its name in the agent's pod and Service. */
export const webhookPortName = 'https-webhook'

/** An account without any rights: whoever may make a token for it may look into the agent. */
export const readerName = 'mesh-reader'
/** Audience of such a token. */
export const readerAudience = 'mesh-reader'

/** The port on which the kubelet asks whether the agent is alive and ready. */
export const healthPort = 8080

/** Names of the webhooks' configurations. */
export const injectorName = 'mesh-injector'
export const validatorName = 'mesh-validator'

/** Values from a file: what it leaves out is that of the default profile. @throws where it is no JSON object */
export function mergedValues(json: unknown): InstallValues {
  if (!isObject(json)) throw new Error('it holds no JSON object')
  return merged(base as unknown as Tree, json) as unknown as InstallValues
}

function merged(tree: Tree, json: { readonly [key: string]: unknown }): Tree {
  const entries = Object.entries(tree).map(([name, value]) => {
    const own = json[name]
    if (typeof value === 'object') return [name, isObject(own) ? merged(value, own) : value] as const
    // YAML has `off` for false, and 1 for a number: whoever writes a word is not to get the default in its place.
    const isWord = typeof value === 'string' && ['boolean', 'number'].includes(typeof own)
    const meant = isWord ? String(own) : own
    return [name, typeof meant === typeof value ? (meant as typeof value) : value] as const
  })
  return Object.fromEntries(entries)
}

/** Name of the agent's Deployment, Service and accounts. */
export const agentName = 'mesh-agent'

/** A setting that can't be used. */
export interface BadSetting {
  readonly path: string
  readonly problem: string
  readonly remedy: string
}

/** Values that can't be used together, or at all: what the types of `withSettings` don't say. */
export function problemsIn(values: InstallValues): BadSetting[] {
  return [...keyProblems(values), ...authorityProblems(values), ...wordProblems(values)]
}

/** Values that are one of some words: Kubernetes would refuse another when half of the rest is made. */
const words: readonly {
  readonly path: string
  readonly of: (values: InstallValues) => string
  readonly known: readonly string[]
}[] = [
  { path: 'identity.key', of: ({ identity }) => identity.key, known: ['agent', 'pod'] },
  { path: 'identity.authority', of: ({ identity }) => identity.authority, known: ['mesh', 'cert-manager'] },
  { path: 'validation.policies', of: ({ validation }) => validation.policies, known: policyWords },
  {
    path: 'gateway.serviceType',
    of: ({ gateway }) => gateway.serviceType,
    known: ['LoadBalancer', 'NodePort', 'ClusterIP'],
  },
  { path: 'images.pullPolicy', of: ({ images }) => images.pullPolicy, known: ['Always', 'IfNotPresent', 'Never'] },
]

function wordProblems(values: InstallValues): BadSetting[] {
  return words.flatMap(({ path, of, known }) => {
    const word = of(values)
    const remedy = `write ${known.slice(0, -1).join(', ')} or ${known.at(-1)}`
    return known.includes(word) ? [] : [{ path, problem: `can't be ${word}`, remedy }]
  })
}

function keyProblems({ identity: { key }, certificates: { ttlSeconds } }: InstallValues): BadSetting[] {
  if (key !== 'pod') return []
  const { shortest, longest } = podCertificateSeconds
  if (ttlSeconds >= shortest && ttlSeconds <= longest) return []
  const problem = `can't be ${ttlSeconds} with identity.key=pod`
  return [
    { path: 'certificates.ttlSeconds', problem, remedy: `write ${shortest} to ${longest}: Kubernetes' own limits` },
  ]
}

function authorityProblems({ identity, certificates }: InstallValues): BadSetting[] {
  const { authority, issuer, intermediateHours } = identity
  if (authority !== 'cert-manager') return []
  const remedy = 'name the Issuer or ClusterIssuer that signs: --set identity.issuer.name=NAME'
  const shortest = Math.max(1, Math.ceil((certificates.ttlSeconds * 6) / 3600))
  return [
    ...(issuer.name === '' ? [{ path: 'identity.issuer.name', problem: 'has no value', remedy }] : []),
    ...(intermediateHours < shortest
      ? [
          {
            path: 'identity.intermediateHours',
            problem: `is too short for certificates of ${certificates.ttlSeconds} s`,
            remedy: `write ${shortest} at least: what it signs may not outlive it`,
          },
        ]
      : []),
  ]
}

/**
 * Replaces single values: `gateway.replicas=3`. The type is that of the value which stands there.
 */
export function withSettings(
  values: InstallValues,
  settings: readonly string[],
): { readonly values: InstallValues; readonly bad: readonly BadSetting[] } {
  const bad: BadSetting[] = []
  let result = values as unknown as Tree
  for (const setting of settings) {
    const equals = setting.indexOf('=')
    const path = equals < 0 ? setting : setting.slice(0, equals)
    const replaced = equals < 0 ? undefined : replace(result, path.split('.'), setting.slice(equals + 1))
    if (replaced !== undefined && 'tree' in replaced) result = replaced.tree
    else
      bad.push({
        path,
        problem: replaced?.problem ?? 'has no value',
        remedy: replaced?.remedy ?? `write ${path}=VALUE`,
      })
  }
  const whole = result as unknown as InstallValues
  if (!installTargets.some(target => target === whole.target))
    bad.push({ path: 'target', problem: `can't be ${whole.target}`, remedy: `write ${installTargets.join(' or ')}` })
  if (whole.tracing.sampling > 100)
    bad.push({ path: 'tracing.sampling', problem: `can't be ${whole.tracing.sampling}`, remedy: 'write 0 to 100' })
  return { values: whole, bad }
}

interface Tree {
  readonly [name: string]: string | number | boolean | Tree
}

type Replaced = { readonly tree: Tree } | { readonly problem: string; readonly remedy: string }

function replace(tree: Tree, [name = '', ...rest]: readonly string[], text: string): Replaced {
  const old = Object.hasOwn(tree, name) ? tree[name] : undefined
  if (old === undefined) return { problem: 'is not known', remedy: `there are ${Object.keys(tree).join(', ')}` }
  if (typeof old === 'object') {
    if (rest.length === 0) return { problem: 'is a group', remedy: `name one of ${Object.keys(old).join(', ')}` }
    const inner = replace(old, rest, text)
    return 'tree' in inner ? { tree: { ...tree, [name]: inner.tree } } : inner
  }
  if (rest.length > 0) return { problem: 'is not known', remedy: `${name} is a single value` }
  if (typeof old === 'string') return { tree: { ...tree, [name]: text } }
  if (typeof old === 'boolean')
    return text === 'true' || text === 'false'
      ? { tree: { ...tree, [name]: text === 'true' } }
      : { problem: `can't be ${text}`, remedy: 'write true or false' }
  return /^\d{1,9}$/.test(text)
    ? { tree: { ...tree, [name]: Number(text) } }
    : { problem: `can't be ${text}`, remedy: 'write a whole number' }
}
