/** What the agent may do: read what the mesh is made of, and write the few things that are its own. */
import { followedKinds, gatewayApiGroup } from '../../kinds/index.ts'
import { meshConfigName } from '../../kinds/istio/mesh-config-text.ts'
import { issuedSecret } from '../authority-secret.ts'
import { kindsWithStatus } from '../gateway-api-status.ts'
import { trustConfigMap } from '../inject/inject-pod.ts'
import { machinesSecret } from '../machines.ts'
import { podCertificateGroup, podCertificatePlural, podSigner } from '../pod-certificates.ts'
import { plural } from './crds.ts'
import { agentName, hasPodKeys, type InstallValues, injectorName, servesProxies, validatorName } from './values.ts'

/** Name of the ingress gateway's Deployment, Service and account. */
export const gatewayName = 'mesh-ingressgateway'

interface PolicyRule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly verbs: readonly string[]
}

const read = ['get', 'list', 'watch'] as const

/** The trust bundle of each namespace. Making can't be limited to a name: there is none yet when it is asked. */
const trustRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: [trustConfigMap], verbs: [...read, 'patch', 'update'] },
]

/**
 * Authorities that objects of the Gateway API name may lie in any ConfigMap of any namespace. Rights can't be limited to what others name;
 * the agent reads what is named, by its name, and keeps what the specification has in it.
 */
const authorityRules: readonly PolicyRule[] = [{ apiGroups: [''], resources: ['configmaps'], verbs: read }]

/** What has become of the Gateway API's objects: their statuses alone, and of which release of the API their definitions are. */
const statusRules: readonly PolicyRule[] = [
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: read },
  { apiGroups: [gatewayApiGroup], resources: kindsWithStatus.map(kind => `${plural(kind)}/status`), verbs: ['patch'] },
]

/** Pods' own keys: the requests for their certificates, of which it may answer those of its own signer. */
const signRules: readonly PolicyRule[] = [
  { apiGroups: [podCertificateGroup], resources: [podCertificatePlural], verbs: read },
  { apiGroups: [podCertificateGroup], resources: [`${podCertificatePlural}/status`], verbs: ['update'] },
  { apiGroups: [podCertificateGroup], resources: ['signers'], resourceNames: [podSigner], verbs: ['sign'] },
]

/** Other controllers have kinds there, too: those that are compiled, and no others. */
function gatewayApiResources(): string[] {
  return followedKinds
    .filter(({ apiVersions }) => apiVersions[0].startsWith(`${gatewayApiGroup}/`))
    .map(({ kind }) => plural(kind))
}

/** In the whole cluster. Secrets are not among them. */
export function agentRules(values: InstallValues): PolicyRule[] {
  const groups = followedKinds.map(({ apiVersions }) => apiVersions[0].split('/')[0]!)
  return [
    { apiGroups: [''], resources: ['namespaces', 'services', 'pods', 'nodes', 'serviceaccounts'], verbs: read },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
    { apiGroups: [...new Set(groups)].filter(group => group !== gatewayApiGroup), resources: ['*'], verbs: read },
    { apiGroups: [gatewayApiGroup], resources: gatewayApiResources(), verbs: read },
    { apiGroups: [''], resources: ['configmaps'], resourceNames: [meshConfigName], verbs: read },
    ...(servesProxies(values) ? [...authorityRules, ...trustRules, ...statusRules] : []),
    ...(hasPodKeys(values) ? signRules : []),
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      resourceNames: [injectorName, validatorName],
      verbs: ['get', 'patch'],
    },
    // Whether Istio injects here: then its labels are left to it.
    { apiGroups: ['admissionregistration.k8s.io'], resources: ['mutatingwebhookconfigurations'], verbs: read },
    { nonResourceURLs: ['/openid/v1/jwks', '/.well-known/openid-configuration'], verbs: ['get'] },
  ]
}

/** In its own namespace: where its authority and its Lease are. */
export function namespaceRules(): PolicyRule[] {
  return [
    { apiGroups: [''], resources: ['secrets'], verbs: [...read, 'create'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: [machinesSecret], verbs: ['update'] },
    // What cert-manager says of the agent's intermediate, where it makes one.
    { apiGroups: ['cert-manager.io'], resources: ['certificates'], resourceNames: [issuedSecret], verbs: ['get'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [agentName], verbs: ['get', 'update'] },
  ]
}
