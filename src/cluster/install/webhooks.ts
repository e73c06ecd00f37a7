/** Which requests the API server asks the agent about. */
import { gatewayApiGroup, kinds } from '../../kinds/index.ts'
import { injectionLabel } from '../../kinds/kubernetes/namespace.ts'
import type { Resource } from '../../kinds/resource.ts'
import { plural } from './crds.ts'
import { agentName, type InstallValues, injectorName, servesProxies, validatorName } from './values.ts'

interface Requirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'DoesNotExist'
  readonly values?: readonly string[]
}

const is = (key: string, ...values: readonly string[]): Requirement => ({ key, operator: 'In', values })
const isNot = (key: string, ...values: readonly string[]): Requirement => ({ key, operator: 'NotIn', values })
const lacks = (key: string): Requirement => ({ key, operator: 'DoesNotExist' })

/** Labels by which a namespace says whether its pods are injected, ours before Istio's. */
const [ownInjection, istioInjection] = [injectionLabel, 'istio-injection']
const [ownRevision, istioRevision] = ['meshwright.dev/rev', 'istio.io/rev']
const [ownPod, istioPod] = ['meshwright.dev/inject', 'sidecar.istio.io/inject']

export function webhookConfigurations(values: InstallValues): Resource[] {
  return [...(servesProxies(values) ? [injector(values)] : []), validator(values)]
}

/**
 * Fails closed, for a pod without its proxy would be outside of what was agreed on: but only where somebody asked for
 * proxies, and never in namespaces that the cluster itself lives in.
 */
function injector(values: InstallValues): Resource {
  const { namespace, revision, istioLabels } = values
  const protectedNamespaces = isNot(
    'kubernetes.io/metadata.name',
    'kube-system',
    'kube-public',
    'kube-node-lease',
    namespace,
  )
  const podsThatRefuse = [isNot(ownPod, 'false'), ...(istioLabels ? [isNot(istioPod, 'false')] : [])]
  const noLabels = [ownInjection, ownRevision, ...(istioLabels ? [istioInjection, istioRevision] : [])].map(lacks)
  const hook = (name: string, spaces: readonly Requirement[], pods: readonly Requirement[]) =>
    webhook(`${name}.${injectorName}.meshwright.dev`, '/inject', values, {
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'], scope: '*' }],
      failurePolicy: 'Fail',
      reinvocationPolicy: 'IfNeeded',
      namespaceSelector: { matchExpressions: [protectedNamespaces, ...spaces] },
      objectSelector: { matchExpressions: pods },
    })
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: injectorName, labels: { 'app.kubernetes.io/part-of': 'meshwright' } },
    webhooks: [
      hook('namespace', [is(ownInjection, 'enabled')], podsThatRefuse),
      hook('revision', [lacks(ownInjection), is(ownRevision, revision)], podsThatRefuse),
      hook('pod', noLabels, [is(ownPod, 'true')]),
      ...(istioLabels
        ? [
            hook(
              'istio-namespace',
              [lacks(ownInjection), lacks(ownRevision), is(istioInjection, 'enabled')],
              podsThatRefuse,
            ),
            hook(
              'istio-revision',
              [lacks(ownInjection), lacks(ownRevision), lacks(istioInjection), is(istioRevision, revision)],
              podsThatRefuse,
            ),
            hook('istio-pod', noLabels, [is(istioPod, 'true'), lacks(ownPod)]),
          ]
        : []),
    ],
  }
}

/** What may be wrong about these is more than a definition can say. */
const gatewayApiPlurals = ['Gateway', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map(plural)

/** Lets through what it can't judge: a configuration that mends an outage must not wait for its end. */
function validator(values: InstallValues): Resource {
  const groups = kinds
    .filter(({ target }) => target === 'istio')
    .map(({ apiVersions }) => apiVersions[0].split('/')[0]!)
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: validatorName, labels: { 'app.kubernetes.io/part-of': 'meshwright' } },
    webhooks: [
      webhook(`${validatorName}.meshwright.dev`, '/validate', values, {
        rules: [
          {
            apiGroups: [...new Set(groups)],
            apiVersions: ['*'],
            resources: ['*'],
            operations: ['CREATE', 'UPDATE'],
            scope: '*',
          },
          // Others' objects are let through, but whose one is, the API server can't know.
          {
            apiGroups: [gatewayApiGroup],
            apiVersions: ['*'],
            resources: gatewayApiPlurals,
            operations: ['CREATE', 'UPDATE'],
            scope: 'Namespaced',
          },
        ],
        failurePolicy: 'Ignore',
        namespaceSelector: {},
        objectSelector: {},
      }),
    ],
  }
}

/** The CA is not said here: the agent puts in the one that it has. */
function webhook(name: string, path: string, { namespace }: InstallValues, rest: object): object {
  return {
    name,
    clientConfig: { service: { name: agentName, namespace, path, port: 443 } },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    matchPolicy: 'Equivalent',
    timeoutSeconds: 5,
    ...rest,
  }
}
