/**
 * Adds a proxy to a pod. A pure function of the pod, its namespace and the settings: the webhook and `mesh inject` call
 * it, and get the same.
 */

import type { DnsWishes } from '../../model/mesh-settings.ts'
import { podPorts } from '../../model/placement.ts'
import type { ProxyOwner, ProxySetup } from '../../model/proxy-setup.ts'
import {
  farewellPath,
  podBootstrapArgument,
  podVariables,
  proxyUser,
  tokenDiscovery,
} from '../../phases/4-emit/envoy/index.ts'
import { isObject } from '../../util/is-object.ts'
import { statusAnnotation } from '../objects.ts'
import { podCertificateVolume, podKeyFiles, podKeyVolume } from '../pod-certificates.ts'
import { controllerOf, type Owner, workloadName } from '../workloads-of-pods.ts'
import { type BadAnnotation, type PodSettings, podSettings } from './annotations.ts'
import { type Decision, type DecisionContext, decide, proxyContainer } from './decide.ts'
import type { Container, Pod, Probe, Volume } from './pod.ts'
import { configurationLogFlags } from './proxy-log-flags.ts'
import { redirectRules } from './redirect-rules.ts'
import { type Rewritten, rewriteProbes } from './rewrite-probes.ts'

/** What a control plane puts into pods; part of its installation. */
export interface InjectionSettings {
  readonly systemNamespace: string
  readonly revision: string
  readonly readsIstioLabels: boolean
  /** DNS suffix of the mesh, which is its trust domain too. */
  readonly domain: string
  readonly images: { readonly proxy: string; readonly init: string; readonly pullPolicy: string }
  readonly xds: { readonly host: string; readonly port: number }
  readonly resources: {
    readonly cpu: string
    readonly memory: string
    readonly cpuLimit?: string
    readonly memoryLimit?: string
  }
  /** What holds of pods' questions for names where a pod says nothing. */
  readonly dns: DnsWishes
  /** Envoy's: `warning`, `info`, `debug`, … */
  readonly logLevel: string
  /** Life of pods' certificates, s, where the kubelet makes their keys; absent: the control plane does. */
  readonly podKeySeconds?: number
  /** How the proxy of a pod is to be run. Default: as all are. */
  readonly setupOf?: (workload: ProxyOwner) => ProxySetup
}

export interface Injection extends Decision {
  /** With its proxy, or as it was. */
  readonly pod: Pod
  /** What the pod says and can't be done: annotations (their defaults stand), and the proxy's own user. */
  readonly bad: readonly BadAnnotation[]
}

/** The ConfigMap with the trust bundle, which every namespace has. */
export const trustConfigMap = 'meshwright-trust'
/** Istio's label for endpoints that take mTLS. */
export const tlsModeLabel = 'security.istio.io/tlsMode'
/** Audience of the token that a proxy shows to the control plane, and nobody else accepts. */
export const tokenAudience = 'mesh'

const redirectContainer = 'mesh-redirect'
const credentials = { name: 'meshwright-credentials', path: '/var/run/secrets/meshwright.dev' }
const runtime = { name: 'meshwright-run', path: '/run/meshwright' }

/** Files of the trust ConfigMap that go into pods beside the token. */
export function trustFiles(rootCertificates: string): { readonly [file: string]: string } {
  return { 'ca.crt': rootCertificates, 'xds-token.json': tokenDiscovery(credentials.path) }
}

/** @param owner who will make pods of this one, where it is a template; a pod says it itself */
export function injectPod(
  pod: Pod,
  namespace: DecisionContext['namespace'],
  settings: InjectionSettings,
  owner = controllerOf(pod.metadata?.ownerReferences),
): Injection {
  const decision = decide(pod, { ...settings, namespace })
  if (!decision.isInjected) return { ...decision, pod, bad: [] }
  const { settings: own, bad } = podSettings(pod.metadata?.annotations ?? {})
  return {
    ...decision,
    pod: withProxy(pod, own, {
      settings,
      peer: peerOf(pod, owner),
      setup: settings.setupOf?.({ namespace: namespace.name, labels: pod.metadata?.labels ?? {} }) ?? {},
    }),
    bad: [...bad, ...takenUsers(pod)],
  }
}

/** What runs as the proxy's user would go past the proxy, and nobody would notice. */
function takenUsers({ spec }: Pod): BadAnnotation[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  const expected = `another user: the proxy runs as ${proxyUser}, and whatever that user sends is not redirected`
  const value = String(proxyUser)
  return [
    ...(isProxyUser(spec['securityContext']) ? [{ name: 'securityContext.runAsUser', value, expected }] : []),
    ...containers
      .filter(container => isProxyUser(container['securityContext']))
      .map(({ name }) => ({ name: `securityContext.runAsUser of container ${name}`, value, expected })),
  ]
}

function isProxyUser(context: unknown): boolean {
  return isObject(context) && context['runAsUser'] === proxyUser
}

function withProxy(
  pod: Pod,
  own: PodSettings,
  {
    settings,
    peer,
    setup,
  }: { readonly settings: InjectionSettings; readonly peer: string; readonly setup: ProxySetup },
): Pod {
  const rewrite = (container: Container): Rewritten =>
    own.rewritesProbes ? rewriteProbes(container) : { container, probes: [] }
  const inits = (pod.spec.initContainers ?? []).map(container =>
    // Only what runs beside the others is checked; plain init containers have no probes.
    container.restartPolicy === 'Always' ? rewrite(container) : { container, probes: [] },
  )
  const containers = pod.spec.containers.map(rewrite).map(withFarewell)
  const probes = [...inits, ...containers].flatMap(({ probes: its }) => its)
  const bootstrap = podBootstrapArgument({
    kind: 'sidecar',
    domain: settings.domain,
    xds: settings.xds,
    credentials: credentials.path,
    adminSocket: `${runtime.path}/admin.sock`,
    probes,
  })
  const dns = { ...settings.dns, ...own.dns }
  const added = [
    redirectInit({ ...own.traffic, capturesDns: dns.captures === true }, settings),
    proxySidecar(own, { settings, bootstrap, peer, setup }),
  ]
  const labels = { [tlsModeLabel]: 'istio', ...pod.metadata?.labels }
  const status = JSON.stringify({
    revision: settings.revision,
    containers: added.map(({ name }) => name),
    // What the rules in the pod were made for: the control plane answers to that, whatever is asked for later.
    ...(dns.captures === true ? { dns: { allocates: dns.allocates !== false } } : {}),
  })
  return {
    ...pod,
    metadata: { ...pod.metadata, labels, annotations: { ...pod.metadata?.annotations, [statusAnnotation]: status } },
    spec: {
      ...pod.spec,
      // Before the pod's own: what these connect to goes through the proxy too.
      initContainers: [...added, ...inits.map(({ container }) => container)],
      containers: containers.map(({ container }) => container),
      volumes: [...(pod.spec.volumes ?? []), ...proxyVolumes(settings)],
    },
  }
}

/**
 * What the proxy calls itself to others' proxies, for telemetry: the pod's own labels tell the workload where they
 * follow the usual conventions, else its name without what controllers add.
 */
function peerOf({ metadata }: Pod, owner: Owner | undefined): string {
  const name = (metadata?.generateName ?? metadata?.name ?? 'pod').replace(/-$/, '')
  // What is made under a name with a hash in it, is made by a ReplicaSet.
  return `$(${podVariables.namespace})/${workloadName(owner ?? { kind: 'ReplicaSet', name }, metadata?.labels)}`
}

function redirectInit(traffic: PodSettings['traffic'], { images }: InjectionSettings): Container {
  return {
    name: redirectContainer,
    image: images.init,
    imagePullPolicy: images.pullPolicy,
    // The image's entry point takes the rules of both families as they are.
    args: [redirectRules(traffic, 4), redirectRules(traffic, 6)],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      runAsNonRoot: false,
      privileged: false,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
    },
  }
}

/**
 * A container that would end at once waits a little: meanwhile its endpoint is taken out everywhere, and whoever still
 * comes is served.
 */
function withFarewell(rewritten: Rewritten): Rewritten {
  const { container } = rewritten
  if (container.lifecycle?.preStop !== undefined) return rewritten
  const preStop = { httpGet: { path: farewellPath, port: podPorts.status, scheme: 'HTTP' } }
  return { ...rewritten, container: { ...container, lifecycle: { ...container.lifecycle, preStop } } }
}

interface SidecarParts {
  readonly settings: InjectionSettings
  readonly bootstrap: string
  readonly peer: string
  readonly setup: ProxySetup
}

function proxySidecar(own: PodSettings, { settings, bootstrap, peer, setup }: SidecarParts): Container {
  const parts = proxyParts(settings, own.resources, setup)
  return {
    ...parts.container(bootstrap, peer),
    ...(own.image === undefined ? {} : { image: own.image }),
    // A native sidecar: started before the application, stopped after it, and no reason for a Job to go on.
    restartPolicy: 'Always',
    ports: [{ name: 'mesh-metrics', containerPort: podPorts.metrics, protocol: 'TCP' }],
    startupProbe: readiness({ periodSeconds: 1, failureThreshold: 600 }),
    readinessProbe: readiness({ periodSeconds: 15, failureThreshold: 4 }),
  }
}

/** What every proxy's container has, beside an application or alone. */
export interface ProxyParts {
  /** @param peer what the proxy calls itself to others: `namespace/name` */
  readonly container: (bootstrap: string, peer: string) => Container
  readonly volumes: readonly Volume[]
  /** Folder of the credentials, and the path of the admin interface's socket. */
  readonly credentials: string
  readonly adminSocket: string
}

export function proxyParts(
  settings: InjectionSettings,
  resources: PodSettings['resources'],
  { concurrency = 2, drainMs = 45_000, environment = {} }: ProxySetup = {},
): ProxyParts {
  const { images, logLevel } = settings
  const drain = ['--drain-time-s', String(Math.max(1, Math.round(drainMs / 1000)))]
  // Without a number Envoy has a thread for each core.
  const threads = concurrency === 0 ? [] : ['--concurrency', String(concurrency)]
  const flags = ['--disable-hot-restart', ...drain, ...threads, '-l', logLevel, ...configurationLogFlags]
  const more = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    container: (bootstrap, peer) => ({
      name: proxyContainer,
      image: images.proxy,
      imagePullPolicy: images.pullPolicy,
      args: ['--config-yaml', bootstrap, ...flags],
      env: [
        fieldVariable(podVariables.name, 'metadata.name'),
        fieldVariable(podVariables.namespace, 'metadata.namespace'),
        fieldVariable(podVariables.address, 'status.podIP'),
        { name: 'MESHWRIGHT_PEER', value: peer },
        ...more.map(([name, value]) => ({ name, value })),
      ],
      resources: proxyResources({ ...settings.resources, ...resources }),
      securityContext: {
        runAsUser: proxyUser,
        runAsGroup: proxyUser,
        runAsNonRoot: true,
        privileged: false,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      volumeMounts: [
        { name: credentials.name, mountPath: credentials.path, readOnly: true },
        { name: runtime.name, mountPath: runtime.path },
        ...(settings.podKeySeconds === undefined
          ? []
          : [{ name: podKeyVolume, mountPath: podKeyFiles.folder, readOnly: true }]),
      ],
    }),
    volumes: proxyVolumes(settings),
    credentials: credentials.path,
    adminSocket: `${runtime.path}/admin.sock`,
  }
}

function fieldVariable(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { fieldPath } } }
}

function readiness(timing: { readonly periodSeconds: number; readonly failureThreshold: number }): Probe {
  return { httpGet: { path: '/healthz/ready', port: podPorts.status }, timeoutSeconds: 3, ...timing }
}

function proxyResources({ cpu, memory, cpuLimit, memoryLimit }: InjectionSettings['resources']) {
  const limits = {
    ...(cpuLimit === undefined ? {} : { cpu: cpuLimit }),
    ...(memoryLimit === undefined ? {} : { memory: memoryLimit }),
  }
  return { requests: { cpu, memory }, ...(Object.keys(limits).length === 0 ? {} : { limits }) }
}

/** A volume of its own for the pod's key: where no certificate is given, tokens and roots are renewed all the same. */
function proxyVolumes({ podKeySeconds }: InjectionSettings): readonly Volume[] {
  return podKeySeconds === undefined ? volumes : [...volumes, podCertificateVolume(podKeySeconds)]
}

/** One volume for token, CA and the file that points to the token: the kubelet changes all of them in one step. */
const volumes: readonly Volume[] = [
  { name: runtime.name, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  {
    name: credentials.name,
    projected: {
      sources: [
        { serviceAccountToken: { audience: tokenAudience, expirationSeconds: 3600, path: 'token' } },
        {
          configMap: {
            name: trustConfigMap,
            items: Object.keys(trustFiles('')).map(key => ({ key, path: key })),
          },
        },
      ],
    },
  },
]
