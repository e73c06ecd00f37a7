/** Kubernetes' part of the table of kinds. */
import type { KindDefinition } from '../definition.ts'
import { configMapRules, lowerConfigMap } from './config-map.ts'
import { cronJobRules, lowerCronJob } from './cron-job.ts'
import { daemonSetRules, lowerDaemonSet } from './daemon-set.ts'
import { deploymentRules, lowerDeployment } from './deployment.ts'
import { endpointSliceRules, lowerEndpointSlice } from './endpoint-slice.ts'
import { endpointsRules, lowerEndpoints } from './endpoints.ts'
import { jobRules, lowerJob } from './job.ts'
import { mutatingWebhookRules } from './mutating-webhook-configuration.ts'
import { lowerNamespace } from './namespace.ts'
import { nodeRules } from './node.ts'
import { lowerPod, podKindRules } from './pod.ts'
import { secretRules } from './secret.ts'
import { lowerService } from './service.ts'
import { lowerServiceAccount } from './service-account.ts'
import { serviceRules } from './service-rules.ts'
import { lowerStatefulSet, statefulSetRules } from './stateful-set.ts'
import { validatingWebhookRules } from './validating-webhook-configuration.ts'

type KubernetesKind = Pick<KindDefinition, 'kind' | 'lower' | 'check'> & {
  readonly apiVersion: string
  readonly namespaced?: false
}

const admission = 'admissionregistration.k8s.io/v1'

const kubernetes: readonly KubernetesKind[] = [
  { kind: 'Namespace', apiVersion: 'v1', namespaced: false, lower: lowerNamespace },
  { kind: 'ServiceAccount', apiVersion: 'v1', lower: lowerServiceAccount },
  { kind: 'ConfigMap', apiVersion: 'v1', lower: lowerConfigMap, check: configMapRules },
  { kind: 'Secret', apiVersion: 'v1', check: secretRules },
  { kind: 'Node', apiVersion: 'v1', namespaced: false, check: nodeRules },
  { kind: 'Service', apiVersion: 'v1', lower: lowerService, check: serviceRules },
  { kind: 'Endpoints', apiVersion: 'v1', lower: lowerEndpoints, check: endpointsRules },
  {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    lower: lowerEndpointSlice,
    check: endpointSliceRules,
  },
  { kind: 'Deployment', apiVersion: 'apps/v1', lower: lowerDeployment, check: deploymentRules },
  { kind: 'StatefulSet', apiVersion: 'apps/v1', lower: lowerStatefulSet, check: statefulSetRules },
  { kind: 'DaemonSet', apiVersion: 'apps/v1', lower: lowerDaemonSet, check: daemonSetRules },
  { kind: 'Pod', apiVersion: 'v1', lower: lowerPod, check: podKindRules },
  { kind: 'Job', apiVersion: 'batch/v1', lower: lowerJob, check: jobRules },
  { kind: 'CronJob', apiVersion: 'batch/v1', lower: lowerCronJob, check: cronJobRules },
  { kind: 'MutatingWebhookConfiguration', apiVersion: admission, namespaced: false, check: mutatingWebhookRules },
  { kind: 'ValidatingWebhookConfiguration', apiVersion: admission, namespaced: false, check: validatingWebhookRules },
]

/** In the order in which they are applied: what others need comes first. */
export const kubernetesKinds: readonly KindDefinition[] = kubernetes.map(
  ({ apiVersion, namespaced = true, ...definition }) => ({
    ...definition,
    apiVersions: [apiVersion],
    target: 'kubernetes',
    namespaced,
  }),
)
