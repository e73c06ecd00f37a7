/** Gateways' listeners: which are served, and what routes may attach to them. */
import { at } from '../../../kinds/definition.ts'
import type {
  Gateway as ApiGateway,
  Listener as ApiListener,
  ListenerTLSConfig,
} from '../../../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../../../kinds/gateway-api/gateway-class.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Gateway, Server, ServerTls } from '../../../model/gateway.ts'
import type { At } from '../../../model/node.ts'
import type { Condition, Standing } from '../../../model/standing.ts'
import { nearestWord } from '../../../util/edit-distance.ts'
import { problemOf } from './backends.ts'
import { isGranted } from './grants.ts'
import type { ApiResources, ApiRoute } from './resources.ts'

export const controllerName = 'meshwright.dev/gateway-controller'
const ownClass = 'meshwright'

/** Until gateways get pods of their own, those of the ingress gateway serve them all. */
export const servedBy = { istio: 'ingressgateway' }

export interface Listener {
  readonly gateway: ApiGateway
  readonly listener: ApiListener
  readonly at: At
  /** Can it be served? Otherwise nothing attaches to it. */
  readonly isAccepted: boolean
  /** What the Mesh has for it. */
  readonly node: Gateway
}

/** All listeners of the gateways of a class that is ours, and what has become of both. */
export function listenersOf(resources: ApiResources): {
  readonly listeners: readonly Listener[]
  readonly standings: readonly Standing[]
} {
  const all = resources.gateways.map(gateway => gatewayOf(gateway, resources))
  return { listeners: all.flatMap(({ listeners }) => listeners), standings: all.flatMap(({ standings }) => standings) }
}

export function isServed({ spec }: Pick<ApiGateway, 'spec'>, classes: readonly GatewayClass[]): boolean {
  const declared = classes.find(({ metadata }) => metadata.name === spec.gatewayClassName)
  return declared === undefined ? spec.gatewayClassName === ownClass : declared.spec.controllerName === controllerName
}

function gatewayOf(gateway: ApiGateway, resources: ApiResources) {
  const resource = gateway as unknown as Resource
  const { name, namespace = '' } = gateway.metadata
  const standing = { kind: 'Gateway', name, namespace, at: at(resource) } as const
  const classAt = at(resource, '/spec/gatewayClassName')
  if (!isServed(gateway, resources.classes)) {
    const message = `nobody here serves the class "${gateway.spec.gatewayClassName}"`
    const classes = [ownClass, ...resources.classes.map(each => each.metadata.name)]
    const isDeclared = resources.classes.some(each => each.metadata.name === gateway.spec.gatewayClassName)
    const nearest = isDeclared ? undefined : nearestWord(gateway.spec.gatewayClassName, classes)
    const pending: Condition = { type: 'Accepted', status: 'Unknown', reason: 'Pending', message, at: classAt }
    const conditions: Condition[] = [nearest === undefined ? pending : { ...pending, nearest }]
    return { listeners: [], standings: [{ ...standing, isOurs: false, conditions }] }
  }
  const judged = gateway.spec.listeners.map((listener, index) =>
    judgedListener({ gateway, listener, at: at(resource, `/spec/listeners/${index}`) }, resources),
  )
  const isWhole = judged.every(({ isAccepted }) => isAccepted)
  const isAny = judged.some(({ isAccepted }) => isAccepted)
  const own: Condition[] = [
    {
      type: 'Accepted',
      status: isAny ? 'True' : 'False',
      reason: isWhole ? 'Accepted' : 'ListenersNotValid',
      at: classAt,
    },
    { type: 'Programmed', status: isAny ? 'True' : 'False', reason: isAny ? 'Programmed' : 'Invalid', at: classAt },
  ]
  return {
    listeners: judged,
    standings: [
      { ...standing, isOurs: true, conditions: own },
      ...judged.map(({ listener, conditions }) => ({
        ...standing,
        isOurs: true,
        listener: listener.name,
        routeKinds: routeKindsOf(listener),
        conditions,
      })),
    ],
  }
}

type Place = Pick<Listener, 'gateway' | 'listener' | 'at'>

function judgedListener(place: Place, resources: ApiResources): Listener & { readonly conditions: Condition[] } {
  const conditions = [acceptedOf(place), conflictOf(place), referencesOf(place, resources)]
  const isSound = ({ type, status }: Condition) => (type === 'Conflicted' ? status === 'False' : status === 'True')
  const isAccepted = conditions.every(isSound)
  const programmed: Condition = isAccepted
    ? { type: 'Programmed', status: 'True', reason: 'Programmed', at: place.at }
    : { type: 'Programmed', status: 'False', reason: 'Invalid', at: place.at }
  return { ...place, isAccepted, node: nodeFor(place), conditions: [...conditions, programmed] }
}

const group = 'gateway.networking.k8s.io'

/** By protocol: the routes that may be attached where TLS ends, or where there is none, and where it is passed on. */
const routesFor: Readonly<{
  [protocol: string]: { readonly ended: readonly RouteKind[]; readonly passed?: readonly RouteKind[] }
}> = {
  HTTP: { ended: ['HTTPRoute', 'GRPCRoute'] },
  HTTPS: { ended: ['HTTPRoute', 'GRPCRoute'] },
  TLS: { ended: ['TLSRoute', 'TCPRoute'], passed: ['TLSRoute'] },
  TCP: { ended: ['TCPRoute'] },
}

type RouteKind = ApiRoute['kind']

/** Kinds of routes that a listener takes. */
export function routeKindsOf({ protocol, tls, allowedRoutes }: ApiListener): readonly RouteKind[] {
  const { ended = [], passed } = routesFor[protocol] ?? {}
  const possible = tls?.mode === 'Passthrough' ? (passed ?? []) : ended
  const { kinds } = allowedRoutes ?? {}
  // An empty list says as much as none.
  if (kinds === undefined || kinds.length === 0) return possible
  return possible.filter(kind => kinds.some(each => each.kind === kind && (each.group ?? group) === group))
}

/** Protocols that routes of ours are for. */
function acceptedOf({ listener, at: place }: Place): Condition {
  if (routesFor[listener.protocol] !== undefined)
    return { type: 'Accepted', status: 'True', reason: 'Accepted', at: place }
  const message = `the protocol ${listener.protocol} is not served`
  const at = `${place}/protocol`
  return { type: 'Accepted', status: 'False', reason: 'UnsupportedProtocol', message, at }
}

/** Servers of TLS are told apart by name, whatever they do with it. */
const family = (protocol: string) => (protocol === 'HTTPS' ? 'TLS' : protocol)

function conflictOf({ gateway, listener, at: place }: Place): Condition {
  const before = gateway.spec.listeners.slice(0, gateway.spec.listeners.indexOf(listener))
  const type = 'Conflicted'
  const conflict = (reason: string, message: string): Condition => {
    return { type, status: 'True', reason, message, at: `${place}/port` }
  }
  const beside = before.filter(({ port }) => port === listener.port)
  const other = beside.find(({ protocol }) => family(protocol) !== family(listener.protocol))
  if (other !== undefined)
    return conflict('ProtocolConflict', `listener "${other.name}" has port ${other.port} for ${other.protocol}`)
  const same = beside.find(({ hostname = '' }) => hostname === (listener.hostname ?? ''))
  if (same !== undefined)
    return conflict('HostnameConflict', `listener "${same.name}" has port ${same.port} for the same hosts`)
  return { type, status: 'False', reason: 'NoConflicts', at: place }
}

/** Certificates of other namespaces need a grant. */
function referencesOf({ gateway, listener, at: place }: Place, resources: ApiResources): Condition {
  const { grants } = resources
  const from = {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    namespace: gateway.metadata.namespace ?? '',
  }
  for (const [index, ref] of (listener.tls?.certificateRefs ?? []).entries()) {
    const { group = '', kind = 'Secret', name, namespace = from.namespace } = ref
    const at = `${place}/tls/certificateRefs/${index}`
    if (group !== '' || kind !== 'Secret') {
      const message = `a certificate comes from a Secret, not from ${kind} "${name}"`
      return { type: 'ResolvedRefs', status: 'False', reason: 'InvalidCertificateRef', message, at }
    }
    if (!isGranted({ from, to: { group, kind, namespace, name } }, grants)) {
      const message = `no ReferenceGrant in namespace "${namespace}" lets Gateways of "${from.namespace}" name Secret "${name}"`
      return { type: 'ResolvedRefs', status: 'False', reason: 'RefNotPermitted', message, at }
    }
  }
  for (const [index, { externalAuth }] of (listener.filters?.requests ?? []).entries()) {
    const problem =
      externalAuth === undefined ? undefined : problemOf(externalAuth.backendRef, { route: gateway, resources })
    const at = `${place}/filters/requests/${index}/externalAuth/backendRef`
    if (problem !== undefined) return { type: 'ResolvedRefs', status: 'False', ...problem, at }
  }
  const kinds = listener.allowedRoutes?.kinds
  const unknown =
    kinds?.findIndex(
      each => !routeKindsOf({ ...listener, allowedRoutes: { kinds: [each] } }).some(kind => kind === each.kind),
    ) ?? -1
  if (unknown >= 0) {
    const message = `routes of the kind ${kinds![unknown]!.kind} are not for a listener of ${listener.protocol}`
    const at = `${place}/allowedRoutes/kinds/${unknown}`
    return { type: 'ResolvedRefs', status: 'False', reason: 'InvalidRouteKinds', message, at }
  }
  return { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', at: place }
}

/** A gateway of its own for each listener, as Istio makes and names them: routes are bound to one of several. */
function nodeFor({ gateway, listener, at: place }: Place): Gateway {
  const { name, namespace = '' } = gateway.metadata
  const { port, hostname = '*' } = listener
  const server: Server = {
    port: { number: port, name: listener.name, protocol: listener.protocol as Server['port']['protocol'] },
    hosts: [{ namespace: '*', host: hostname, at: listener.hostname === undefined ? place : `${place}/hostname` }],
    ...(listener.tls === undefined ? {} : { tls: tlsOf(listener.tls, namespace, `${place}/tls`) }),
    at: place,
  }
  return {
    name: `${name}-istio-autogenerated-k8s-gateway-${listener.name}`,
    namespace,
    at: place,
    selector: servedBy,
    servers: [server],
    apiGateway: name,
  }
}

/** A Secret is named with its namespace: the gateway's pods may well run in another one. */
function tlsOf({ mode, certificateRefs = [] }: ListenerTLSConfig, namespace: string, place: At): ServerTls {
  const [first] = certificateRefs
  return {
    mode: mode === 'Passthrough' ? 'PASSTHROUGH' : 'SIMPLE',
    httpsRedirect: false,
    certificates: [],
    publicKeyHashes: [],
    certificateHashes: [],
    subjectAltNames: [],
    cipherSuites: [],
    credentials:
      first === undefined || mode === 'Passthrough'
        ? []
        : [{ name: first.name, namespace: first.namespace ?? namespace, at: `${place}/credentialName` }],
    takesAnyone: false,
    at: place,
  }
}
