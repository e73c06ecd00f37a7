/**
 * What an installation consists of: one ordered table, from which `mesh install`, the Helm chart and the kustomize base are
 * made alike.
 */

import { createHash } from 'node:crypto'
import type { Resource } from '../../kinds/resource.ts'
import { podPorts } from '../../model/placement.ts'
import { canonicalJson } from '../../phases/2-resolve/digest.ts'
import { drainTarget, farewellPath, podBootstrapArgument, podVariables } from '../../phases/4-emit/envoy/index.ts'
import { imageUser } from '../images/images.ts'
import { proxyParts } from '../inject/inject-pod.ts'
import type { Container } from '../inject/pod.ts'
import { agentRules, gatewayName, namespaceRules } from './access.ts'
import { certificateName, intermediateCertificate } from './certificate.ts'
import { customResourceDefinitions } from './crds.ts'
import {
  agentName,
  healthPort,
  type InstallValues,
  injectionSettings,
  readerName,
  servesProxies,
  webhookPort,
  webhookPortName,
  xdsPort,
} from './values.ts'
import { webhookConfigurations } from './webhooks.ts'

/** One part of an installation. */
interface Part {
  readonly name: string
  readonly isPresent: (values: InstallValues) => boolean
  readonly resources: (values: InstallValues) => readonly Resource[]
}

const always = () => true

export const parts: readonly Part[] = [
  // Istio brings its own.
  { name: 'definitions', isPresent: servesProxies, resources: () => customResourceDefinitions() },
  { name: 'namespace', isPresent: always, resources: namespace },
  { name: 'access', isPresent: always, resources: access },
  {
    name: 'authority',
    isPresent: ({ identity }) => identity.authority === 'cert-manager',
    resources: values => [intermediateCertificate(values, ownLabels(certificateName))],
  },
  { name: 'agent', isPresent: always, resources: agent },
  { name: 'gateway', isPresent: values => values.gateway.enabled && servesProxies(values), resources: gateway },
  { name: 'webhooks', isPresent: always, resources: webhookConfigurations },
]

/** All resources of an installation, in the order in which they are applied. */
export function manifests(values: InstallValues): Resource[] {
  return parts.filter(({ isPresent }) => isPresent(values)).flatMap(({ resources }) => resources(values))
}

/** By these everything of an installation is found again. */
export function ownLabels(name: string): { readonly [label: string]: string } {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': 'meshwright',
    'app.kubernetes.io/managed-by': 'meshwright',
  }
}

function named(name: string, { namespace: own }: InstallValues, labels: { readonly [label: string]: string } = {}) {
  return { name, namespace: own, labels: { ...ownLabels(name), ...labels } }
}

function namespace({ namespace: name }: InstallValues): Resource[] {
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: ownLabels(name) } }]
}

function access(values: InstallValues): Resource[] {
  const { namespace: own } = values
  const subjects = [{ kind: 'ServiceAccount', name: agentName, namespace: own }]
  const rbac = 'rbac.authorization.k8s.io'
  const clusterName = `${agentName}-${own}`
  const labels = ownLabels(agentName)
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named(agentName, values) },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: named(readerName, values),
      automountServiceAccountToken: false,
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: clusterName, labels },
      rules: agentRules(values),
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: clusterName, labels },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterName },
      subjects,
    },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: named(agentName, values), rules: namespaceRules() },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: named(agentName, values),
      roleRef: { apiGroup: rbac, kind: 'Role', name: agentName },
      subjects,
    },
  ]
}

/** On the agent's pods: the digest of the values that they run with. */
export const valuesAnnotation = 'meshwright.dev/values'

const configFolder = '/etc/meshwright'

function agent(values: InstallValues): Resource[] {
  const selector = { app: agentName }
  const { replicas } = values.agent
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: named(agentName, values),
      data: { 'values.json': `${JSON.stringify(values, null, 2)}\n` },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: named(agentName, values),
      spec: {
        selector,
        ports: [
          ...(servesProxies(values) ? [{ name: 'grpc-xds', port: xdsPort, targetPort: xdsPort, protocol: 'TCP' }] : []),
          { name: webhookPortName, port: 443, targetPort: webhookPort, protocol: 'TCP' },
        ],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named(agentName, values),
      spec: {
        replicas,
        selector: { matchLabels: selector },
        // Proxies go from an old replica to a new one: there is always one that serves.
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: {
            labels: { ...ownLabels(agentName), ...selector },
            // The agent reads its values when it starts: others make other pods.
            annotations: { [valuesAnnotation]: createHash('sha256').update(canonicalJson(values)).digest('hex') },
          },
          spec: { ...agentPod(values), ...everyPod(selector) },
        },
      },
    },
    ...(replicas > 1 ? [disruptionBudget(agentName, selector, values)] : []),
  ]
}

function agentPod(values: InstallValues) {
  const { images, agent: own } = values
  const probe = (path: string, timing: object) => ({
    httpGet: { path, port: healthPort },
    timeoutSeconds: 3,
    ...timing,
  })
  return {
    serviceAccountName: agentName,
    containers: [
      {
        name: 'agent',
        image: images.agent,
        imagePullPolicy: images.pullPolicy,
        args: ['agent', '--values', `${configFolder}/values.json`],
        env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        ports: [
          { name: 'grpc-xds', containerPort: xdsPort, protocol: 'TCP' },
          { name: webhookPortName, containerPort: webhookPort, protocol: 'TCP' },
        ],
        livenessProbe: probe('/livez', { periodSeconds: 10, initialDelaySeconds: 5 }),
        readinessProbe: probe('/readyz', { periodSeconds: 2 }),
        resources: { requests: { cpu: own.cpu, memory: own.memory } },
        securityContext: {
          runAsNonRoot: true,
          runAsUser: imageUser,
          runAsGroup: imageUser,
          privileged: false,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'values', mountPath: configFolder, readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'values', configMap: { name: agentName } },
      { name: 'tmp', emptyDir: {} },
    ],
  }
}

function gateway(values: InstallValues): Resource[] {
  const selector = { app: gatewayName, istio: 'ingressgateway' }
  const { replicas, serviceType } = values.gateway
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named(gatewayName, values) },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: named(gatewayName, values, selector),
      spec: {
        type: serviceType,
        selector,
        ports: [
          { name: 'http2', port: 80, targetPort: 8080, protocol: 'TCP' },
          { name: 'https', port: 443, targetPort: 8443, protocol: 'TCP' },
        ],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named(gatewayName, values, selector),
      spec: {
        replicas,
        selector: { matchLabels: selector },
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: { labels: { ...ownLabels(gatewayName), ...selector } },
          spec: { ...gatewayPod(values), ...everyPod(selector) },
        },
      },
    },
    ...(replicas > 1 ? [disruptionBudget(gatewayName, selector, values)] : []),
  ]
}

/** An Envoy alone: what it serves is what Gateways select it for. */
function gatewayPod(values: InstallValues) {
  const settings = injectionSettings(values)
  const { container, volumes, credentials, adminSocket } = proxyParts(settings, {
    cpu: values.gateway.cpu,
    memory: values.gateway.memory,
  })
  const bootstrap = podBootstrapArgument({
    kind: 'router',
    domain: settings.domain,
    xds: settings.xds,
    credentials,
    adminSocket,
    probes: [],
  })
  return {
    serviceAccountName: gatewayName,
    terminationGracePeriodSeconds: 60,
    containers: [
      {
        ...container(bootstrap, `$(${podVariables.namespace})/${gatewayName}`),
        ports: [
          { name: 'http2', containerPort: 8080, protocol: 'TCP' },
          { name: 'https', containerPort: 8443, protocol: 'TCP' },
          { name: 'mesh-metrics', containerPort: podPorts.metrics, protocol: 'TCP' },
        ],
        readinessProbe: {
          httpGet: { path: '/healthz/ready', port: podPorts.status },
          periodSeconds: 2,
          timeoutSeconds: 3,
        },
        // Connections drain while the endpoint is being taken out everywhere, and only then does Envoy end.
        lifecycle: { preStop: { httpGet: { path: farewellPath, port: podPorts.status } } },
      },
      drainContainer(values, container(bootstrap, ''), adminSocket),
    ],
    volumes,
  }
}

/**
 * Has the gateway drain once its pod is to end: a signal to this container, which nobody else in the cluster can send, and a
 * request by a socket, which nobody else can open. A hook would have to ask by the network, where any pod could, and Envoy's
 * image holds nothing that a hook could run.
 */
function drainContainer({ images }: InstallValues, proxy: Container, adminSocket: string) {
  const options = JSON.stringify({ socketPath: adminSocket, method: 'POST', path: drainTarget })
  const program = `require('node:http').request(${options}, answer => answer.resume()).end()`
  return {
    name: 'drain',
    image: images.agent,
    imagePullPolicy: images.pullPolicy,
    // A shell that waits is small; Node runs at the end alone.
    command: ['sh', '-c', `trap 'node -e "$0"; exit $?' TERM; sleep 2147483647 & wait`, program],
    resources: { requests: { cpu: '5m', memory: '16Mi' } },
    securityContext: proxy['securityContext'],
    volumeMounts: (proxy['volumeMounts'] as readonly { readonly mountPath: string }[]).filter(({ mountPath }) =>
      adminSocket.startsWith(`${mountPath}/`),
    ),
  }
}

/**
 * What all pods of an installation have: the system calls that containers need alone, as namespaces under the standard
 * `restricted` demand; and replicas on several nodes where there are several, so that not all are lost with one.
 */
function everyPod(selector: object) {
  return {
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        // A cluster of one node runs them, too.
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: selector },
        // While a new version comes, the old one's pods don't count: they are about to go.
        matchLabelKeys: ['pod-template-hash'],
      },
    ],
  }
}

function disruptionBudget(name: string, selector: object, values: InstallValues): Resource {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: named(name, values),
    spec: { minAvailable: 1, selector: { matchLabels: selector } },
  }
}
