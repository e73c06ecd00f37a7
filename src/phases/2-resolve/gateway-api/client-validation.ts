/** How a Gateway's listeners judge the certificates of clients: by which authorities, and what is in the way of that. */

import { at } from '../../../kinds/definition.ts'
import type {
  Gateway as ApiGateway,
  Listener as ApiListener,
  FrontendTLSValidation,
} from '../../../kinds/gateway-api/gateway.ts'
import type { ObjectReference } from '../../../kinds/gateway-api/references.ts'
import { gatewayApiGroup } from '../../../kinds/index.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { NamedSecret, ServerTls } from '../../../model/gateway.ts'
import type { At } from '../../../model/node.ts'
import type { Condition } from '../../../model/standing.ts'
import { kindName } from '../../../util/kind-name.ts'
import { authorityOf } from './authorities.ts'
import { isGranted } from './grants.ts'
import type { ApiResources } from './resources.ts'

export interface ClientValidation {
  /** What a server's TLS says of it. */
  readonly tls: Pick<ServerTls, 'mode' | 'takesAnyone' | 'caText' | 'caCredential'>
  /** What is wrong with the first reference that can't be used; absent: nothing. */
  readonly unresolved?: Condition
  /** That none can be used; absent: one can. */
  readonly refused?: Condition
}

/** Undefined where clients are not asked for certificates: then none are looked at. */
export function clientValidationOf(
  gateway: ApiGateway,
  listener: ApiListener,
  resources: ApiResources,
): ClientValidation | undefined {
  const said = endsTls(listener) ? validationFor(gateway, listener.port) : undefined
  if (said === undefined) return undefined
  const { validation, pointer } = said
  const place = at(gateway as unknown as Resource, pointer)
  const found = authoritiesOf(gateway, validation, { place, resources })
  const [first] = found.flatMap(each => ('problem' in each ? [each] : []))
  const texts = found.flatMap(each => ('text' in each ? [each.text] : []))
  const [secret] = found.flatMap(each => ('secret' in each ? [each.secret] : []))
  const isOptional = validation.mode === 'AllowInsecureFallback'
  return {
    tls: {
      mode: isOptional ? 'OPTIONAL_MUTUAL' : 'MUTUAL',
      takesAnyone: isOptional,
      ...(texts.length === 0 ? {} : { caText: texts.join('\n') }),
      ...(secret === undefined ? {} : { caCredential: secret }),
    },
    ...(first === undefined
      ? {}
      : { unresolved: { type: 'ResolvedRefs', status: 'False', ...first.problem, at: first.at } }),
    ...(texts.length > 0 || secret !== undefined ? {} : { refused: refusedAt(place) }),
  }
}

/** Without authorities nobody could be let in, or with the fallback anybody: neither is what was asked for. */
function refusedAt(place: At): Condition {
  const message = 'no authority can be used to judge the certificates of clients'
  return { type: 'Accepted', status: 'False', reason: 'NoValidCACertificate', message, at: place }
}

/** That clients are let in whose certificates are not valid, where any part of a Gateway lets them. */
export function insecureModeOf(gateway: ApiGateway): Condition[] {
  const { frontend } = gateway.spec.tls ?? {}
  const places = [
    { validation: frontend?.default.validation, pointer: defaultPointer },
    ...(frontend?.perPort ?? []).map(({ tls }, index) => ({ validation: tls.validation, pointer: portPointer(index) })),
  ]
  const insecure = places.find(({ validation }) => validation?.mode === 'AllowInsecureFallback')
  if (insecure === undefined) return []
  const message = 'clients are let in whether or not they have a valid certificate (AllowInsecureFallback)'
  return [
    {
      type: 'InsecureFrontendValidationMode',
      status: 'True',
      reason: 'ConfigurationChanged',
      message,
      at: at(gateway as unknown as Resource, `${insecure.pointer}/mode`),
    },
  ]
}

function endsTls({ protocol, tls }: ApiListener): boolean {
  return (protocol === 'HTTPS' || protocol === 'TLS') && tls?.mode !== 'Passthrough'
}

const defaultPointer = '/spec/tls/frontend/default/validation'
const portPointer = (index: number) => `/spec/tls/frontend/perPort/${index}/tls/validation`

/** What is said of a port goes before what is said of all, also where it asks for nothing. */
function validationFor(
  { spec }: ApiGateway,
  port: number,
): { readonly validation: FrontendTLSValidation; readonly pointer: string } | undefined {
  const { default: common, perPort = [] } = spec.tls?.frontend ?? {}
  const index = perPort.findIndex(each => each.port === port)
  const [validation, pointer] =
    index < 0 ? [common?.validation, defaultPointer] : [perPort[index]!.tls.validation, portPointer(index)]
  return validation === undefined ? undefined : { validation, pointer }
}

/** One reference, as it can be used or not. */
type Found =
  | { readonly text: string }
  | { readonly secret: NamedSecret }
  | { readonly problem: { readonly reason: string; readonly message: string }; readonly at: At }

interface ValidationContext {
  readonly place: At
  readonly resources: ApiResources
}

/** ConfigMaps count together. A Secret's authorities come to the proxy apart, and Envoy takes but one such. */
function authoritiesOf(
  gateway: ApiGateway,
  { caCertificateRefs }: FrontendTLSValidation,
  { place, resources }: ValidationContext,
): Found[] {
  const isAlone = caCertificateRefs.length === 1
  return caCertificateRefs.map((ref, index): Found => {
    const own = `${place}/caCertificateRefs/${index}`
    const found = referenceOf(gateway, ref, { place: own, resources })
    if (!('secret' in found) || isAlone) return found
    const message = `Secret "${ref.name}" can't be used beside other references: put its authorities into a ConfigMap`
    return { problem: { reason: 'InvalidCACertificateRef', message }, at: own }
  })
}

function referenceOf(gateway: ApiGateway, ref: ObjectReference, { place, resources }: ValidationContext): Found {
  const own = gateway.metadata.namespace ?? ''
  const { group, kind, name, namespace = own } = ref
  if (group !== '' || !knownKinds.has(kind)) {
    const message = `authorities come from a ConfigMap or a Secret, not from ${kindName({ group, kind })} "${name}"`
    return { problem: { reason: 'InvalidCACertificateKind', message }, at: place }
  }
  const from = { group: gatewayApiGroup, kind: 'Gateway', namespace: own }
  if (!isGranted({ from, to: { group, kind, namespace, name } }, resources.grants)) {
    const message = `no ReferenceGrant in namespace "${namespace}" lets Gateways of "${own}" name ${kind} "${name}"`
    return { problem: { reason: 'RefNotPermitted', message }, at: place }
  }
  if (kind === 'Secret') return { secret: { name, namespace, at: place } }
  const authority = authorityOf(ref, namespace, resources)
  return 'text' in authority ? authority : { ...authority, at: place }
}

const knownKinds: ReadonlySet<string> = new Set(['ConfigMap', 'Secret'])
