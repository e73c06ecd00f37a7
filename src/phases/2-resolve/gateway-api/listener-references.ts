/** What a listener names, beside the authorities that clients are judged by: whether it is there, and may be named. */
import { gatewayApiGroup } from '../../../kinds/index.ts'
import type { Condition } from '../../../model/standing.ts'
import { kindName } from '../../../util/kind-name.ts'
import { problemOf } from './backends.ts'
import { isGranted } from './grants.ts'
import { type Place, routeKindsOf } from './listeners.ts'
import type { ApiResources } from './resources.ts'

/** Certificates of other namespaces need a grant. */
export function listenerReferences({ owner, listener, at: place }: Place, resources: ApiResources): Condition {
  const { grants } = resources
  const from = {
    group: gatewayApiGroup,
    kind: owner.kind,
    namespace: owner.metadata.namespace ?? '',
  }
  for (const [index, ref] of (listener.tls?.certificateRefs ?? []).entries()) {
    const { group = '', kind = 'Secret', name, namespace = from.namespace } = ref
    const at = `${place}/tls/certificateRefs/${index}`
    if (group !== '' || kind !== 'Secret') {
      const message = `a certificate comes from a Secret, not from ${kindName({ group, kind })} "${name}"`
      return { type: 'ResolvedRefs', status: 'False', reason: 'InvalidCertificateRef', message, at }
    }
    if (!isGranted({ from, to: { group, kind, namespace, name } }, grants)) {
      const message = `no ReferenceGrant in namespace "${namespace}" lets ${from.kind}s of "${from.namespace}" name Secret "${name}"`
      return { type: 'ResolvedRefs', status: 'False', reason: 'RefNotPermitted', message, at }
    }
  }
  for (const [index, { externalAuth }] of (listener.filters?.requests ?? []).entries()) {
    const problem =
      externalAuth === undefined ? undefined : problemOf(externalAuth.backendRef, { route: owner, resources })
    const at = `${place}/filters/requests/${index}/externalAuth/backendRef`
    if (problem !== undefined) return { type: 'ResolvedRefs', status: 'False', ...problem, at }
  }
  const kinds = listener.allowedRoutes?.kinds
  const unknown =
    kinds?.findIndex(
      each => !routeKindsOf({ ...listener, allowedRoutes: { kinds: [each] } }).some(kind => kind === each.kind),
    ) ?? -1
  if (unknown >= 0) {
    const { group = gatewayApiGroup, kind } = kinds![unknown]!
    const name = group === gatewayApiGroup ? kind : kindName({ group, kind })
    const message = `routes of the kind ${name} are not for a listener of ${listener.protocol}`
    const at = `${place}/allowedRoutes/kinds/${unknown}`
    return { type: 'ResolvedRefs', status: 'False', reason: 'InvalidRouteKinds', message, at }
  }
  return { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', at: place }
}
