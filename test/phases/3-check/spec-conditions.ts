/** For each word that the Gateway API has for what becomes of its resources, and that is ever said, a scene in which it is. */
import type { ApiObject } from '../../../src/cluster/reflector.ts'
import {
  api,
  backend,
  edge,
  gateway,
  http,
  open,
  ours,
  route,
  type Scene,
  service,
  set,
  tls,
  wrong,
} from './spec-objects.ts'
import { portScenes } from './spec-ports.ts'

const web = service('web')

const routeKinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']

/** A route of a kind at a listener that takes it. */
function withBackend(ref: object, kind: string): readonly ApiObject[] {
  const passed = { name: 'tls', port: 443, protocol: 'TLS', tls: { mode: 'Passthrough' } }
  const others = ['TCP', 'UDP'].map((protocol, index) => ({ name: protocol.toLowerCase(), port: 81 + index, protocol }))
  const named = kind === 'TLSRoute' ? { hostnames: ['a.example'] } : {}
  return [
    gateway({ listeners: [http, passed, ...others] }),
    web,
    route({ ...named, rules: [{ backendRefs: [ref] }] }, kind),
  ]
}

const wrongRules = {
  HTTPRoute: { matches: [{ path: { type: 'RegularExpression', value: '/(' } }] },
  GRPCRoute: { matches: [{ method: { type: 'RegularExpression', service: '(' } }] },
}
const wrongRule = wrongRules.HTTPRoute
const filtered = (...filters: readonly object[]) => [gateway(), web, route({ rules: [{ filters }] })]
const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: 'else.example' } }
const rewrite = { type: 'URLRewrite', urlRewrite: { hostname: 'else.example' } }

function policy(validation: object, targets: readonly string[] = ['web'], name = 'web'): ApiObject {
  const targetRefs = targets.map(target => ({ group: '', kind: 'Service', name: target }))
  return api('BackendTLSPolicy', name, { targetRefs, validation: { hostname: 'web.example', ...validation } })
}

const system = { wellKnownCACertificates: 'System' }
const authority = (kind: string) => ({ caCertificateRefs: [{ group: '', kind, name: 'missing' }] })
const judging = (ref: object) => ({
  listeners: [tls('https')],
  tls: {
    frontend: {
      default: { validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca', ...ref }] } },
    },
  },
})
const showing = (ref: object) => gateway({ tls: { backend: { clientCertificateRef: { name: 'own', ...ref } } } })
const created = (day: number) => ({ creationTimestamp: `2026-01-0${day}T00:00:00Z` })

/** Of listeners of a Gateway, and the same of a ListenerSet's beside a Gateway's own. */
function bothOf(says: string, listener: object, beside: readonly object[] = [], message?: RegExp): Scene[] {
  const more = message === undefined ? {} : { message }
  return [
    { says: `Listener ${says}`, objects: [gateway({ listeners: [...beside, listener] })], ...more },
    {
      says: `ListenerEntry ${says}`,
      objects: [gateway({ ...open, listeners: [{ ...http, name: 'own', port: 8000 }, ...beside] }), set([listener])],
      ...more,
    },
  ]
}

const elsewhere = { namespace: 'vault' }

export const scenes: readonly Scene[] = [
  { says: 'GatewayClass Accepted True Accepted', objects: [api('GatewayClass', 'ours', ours)] },
  {
    says: 'GatewayClass Accepted False InvalidParameters',
    objects: [
      api('GatewayClass', 'ours', {
        ...ours,
        parametersRef: { group: '', kind: 'ConfigMap', name: 'p', namespace: 'shop' },
      }),
    ],
    message: /ConfigMap "p"/,
  },
  { says: 'GatewayClass SupportedVersion True SupportedVersion', objects: [api('GatewayClass', 'ours', ours)] },
  {
    says: 'GatewayClass SupportedVersion False UnsupportedVersion',
    objects: [api('GatewayClass', 'ours', ours)],
    version: 'v1.8.0',
    message: /v1\.8\.0 \(gateways\.gateway\.networking\.k8s\.io\).* v1\.0 to v1\.7/,
  },
  { says: 'Gateway Accepted True Accepted', objects: [gateway()] },
  {
    says: 'Gateway Accepted True ListenersNotValid',
    objects: [gateway({ listeners: [http, { name: 'odd', port: 81, protocol: 'example.com/odd' }] })],
    message: /for 1 listener: odd/,
  },
  {
    says: 'Gateway Accepted False ListenersNotValid',
    objects: [gateway({ listeners: [{ name: 'odd', port: 81, protocol: 'example.com/odd' }] })],
  },
  {
    says: 'Gateway Accepted False Invalid',
    objects: [gateway({ listeners: [wrong] })],
    message: /^\[MW3\d+\]/,
  },
  {
    says: 'Gateway Accepted False InvalidParameters',
    objects: [gateway({ infrastructure: { parametersRef: { group: '', kind: 'ConfigMap', name: 'p' } } })],
    message: /ConfigMap "p"/,
  },
  {
    says: 'Gateway Accepted False UnsupportedAddress',
    objects: [gateway({ addresses: [{ type: 'NamedAddress', value: 'edge' }] })],
    message: /"edge" is of the type NamedAddress/,
  },
  { says: 'Gateway Programmed True Programmed', objects: [gateway()] },
  { says: 'Gateway Programmed True Programmed', objects: [gateway({ addresses: [{ value: '192.0.2.1' }] })] },
  { says: 'Gateway Programmed False Invalid', objects: [gateway({ listeners: [wrong] })] },
  { says: 'Gateway Programmed False AddressNotAssigned', objects: [gateway()], addresses: [] },
  {
    says: 'Gateway Programmed False AddressNotAssigned',
    objects: [gateway({ addresses: [{ type: 'Hostname' }] })],
    message: /of the type Hostname: there is 192\.0\.2\.1/,
  },
  {
    says: 'Gateway Programmed False AddressNotUsable',
    objects: [gateway({ addresses: [{ value: '192.0.2.1' }, { value: '192.0.2.9' }] })],
    message: /has 192\.0\.2\.9: there is 192\.0\.2\.1/,
  },
  { says: 'Gateway ResolvedRefs True ResolvedRefs', objects: [showing({})] },
  { says: 'Gateway ResolvedRefs False RefNotPermitted', objects: [showing(elsewhere)] },
  {
    says: 'Gateway ResolvedRefs False InvalidClientCertificateRef',
    objects: [showing({ kind: 'Vault', group: 'x.example' })],
  },
  {
    says: 'Gateway ResolvedRefs False ListenersNotResolved',
    objects: [
      gateway({
        listeners: [tls('https', { tls: { certificateRefs: [{ name: 'pair', ...elsewhere }] } })],
        tls: { backend: { clientCertificateRef: { name: 'own' } } },
      }),
    ],
  },
  {
    says: 'Gateway InsecureFrontendValidationMode True ConfigurationChanged',
    objects: [
      gateway({
        listeners: [tls('https')],
        tls: { frontend: { default: { validation: { ...authority('ConfigMap'), mode: 'AllowInsecureFallback' } } } },
      }),
    ],
  },
  ...bothOf('Accepted True Accepted', http),
  ...['example.com/odd', 'FOO'].flatMap(protocol =>
    bothOf('Accepted False UnsupportedProtocol', { ...http, protocol }),
  ),
  {
    says: 'Listener Accepted False UnsupportedValue',
    objects: [gateway({ listeners: [tls('https', { tls: { options: { 'x.example/own': 'a' } } })] })],
  },
  ...bothOf('Accepted False PortUnavailable', { ...http, port: 15021 }, [], /the kubelet’s probes/),
  {
    says: 'Listener Accepted False PortUnavailable',
    objects: [
      api('Gateway', 'tcp', { gatewayClassName: 'meshwright', listeners: [{ ...http, protocol: 'TCP' }] }, created(1)),
      api('Gateway', 'front', { gatewayClassName: 'meshwright', listeners: [http] }, created(2)),
    ],
    message: /listener "http" of Gateway "tcp" in namespace "shop" has port 80 for TCP/,
  },
  { says: 'Listener Accepted False NoValidCACertificate', objects: [gateway(judging({}))] },
  ...bothOf('Conflicted False NoConflicts', http),
  ...bothOf('Conflicted True HostnameConflict', { ...tls('bytes'), protocol: 'TLS' }, [tls('https')]),
  ...bothOf('Conflicted True ProtocolConflict', { ...http, name: 'bytes', protocol: 'TCP' }, [http]),
  ...bothOf('ResolvedRefs True ResolvedRefs', http),
  ...bothOf(
    'ResolvedRefs False InvalidCertificateRef',
    tls('https', { tls: { certificateRefs: [{ kind: 'Vault', group: 'x.example', name: 'pair' }] } }),
  ),
  ...bothOf('ResolvedRefs False InvalidRouteKinds', { ...http, allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] } }),
  ...bothOf(
    'ResolvedRefs False RefNotPermitted',
    tls('https', { tls: { certificateRefs: [{ name: 'pair', ...elsewhere }] } }),
  ),
  { says: 'Listener ResolvedRefs False InvalidCACertificateRef', objects: [gateway(judging({}))] },
  {
    says: 'Listener ResolvedRefs False InvalidCACertificateKind',
    objects: [gateway(judging({ group: 'x.example', kind: 'Vault' }))],
  },
  ...bothOf('Programmed True Programmed', http),
  ...bothOf('Programmed False Invalid', tls('https', { tls: { certificateRefs: [{ name: 'pair', ...elsewhere }] } })),
  { says: 'ListenerEntry Programmed False PortUnavailable', objects: [gateway(open), set([{ ...http, port: 15090 }])] },
  {
    says: 'ListenerEntry Programmed False PortUnavailable',
    objects: [gateway(open), set([{ ...http, port: 81 }]), edge([80, 8080])],
    message: /no Service that leads to pods with the label istio=ingressgateway has port 81/,
  },
  ...['Listener Programmed False Pending', 'Gateway Programmed False Pending'].map(says => ({
    says,
    objects: [gateway(), edge([443, 8443])],
    message: /has port 80$/,
  })),
  ...portScenes,
  {
    says: 'Listener OverlappingTLSConfig True OverlappingHostnames',
    objects: [
      gateway({ listeners: [tls('all', { hostname: '*.shop.example' }), tls('one', { hostname: 'a.shop.example' })] }),
    ],
    message: /listener "(all|one)" has port 443/,
  },
  { says: 'ListenerSet Accepted True Accepted', objects: [gateway(open), set([{ ...http, port: 81 }])] },
  {
    says: 'ListenerSet Accepted True ListenersNotValid',
    objects: [
      gateway(open),
      set([
        { ...http, port: 81 },
        { name: 'odd', port: 82, protocol: 'example.com/odd' },
      ]),
    ],
  },
  ...[
    { says: 'ListenerSet Accepted True Accepted', selector: { matchLabels: { stage: 'live' } } },
    { says: 'ListenerSet Accepted False NotAllowed', selector: { matchLabels: { stage: 'test' } } },
    { says: 'ListenerSet Accepted False NotAllowed', selector: undefined },
  ].map(({ says, selector }) => ({
    says,
    objects: [
      gateway({ allowedListeners: { namespaces: { from: 'Selector', selector } } }),
      set([{ ...http, port: 81 }]),
    ],
  })),
  ...[
    { says: 'Route Accepted True Accepted', selector: { matchLabels: { stage: 'live' } } },
    { says: 'Route Accepted False NotAllowedByListeners', selector: { matchLabels: { stage: 'test' } } },
    { says: 'Route Accepted False NotAllowedByListeners', selector: undefined },
  ].map(({ says, selector }) => ({
    says,
    objects: [
      gateway(open),
      set([{ ...http, port: 81, allowedRoutes: { namespaces: { from: 'Selector', selector } } }]),
      web,
      route({ parentRefs: [{ kind: 'ListenerSet', name: 'more' }] }),
    ],
  })),
  { says: 'ListenerSet Accepted False Invalid', objects: [gateway(open), set([wrong])] },
  { says: 'ListenerSet Accepted False NotAllowed', objects: [gateway(), set([{ ...http, port: 81 }])] },
  {
    says: 'ListenerSet Accepted False ParentNotAccepted',
    objects: [gateway({ ...open, addresses: [{ type: 'NamedAddress' }] }), set([{ ...http, port: 81 }])],
    message: /Gateway "front" is not accepted/,
  },
  { says: 'ListenerSet Accepted False ListenersNotValid', objects: [gateway(open), set([http])] },
  { says: 'ListenerSet Programmed True Programmed', objects: [gateway(open), set([{ ...http, port: 81 }])] },
  { says: 'ListenerSet Programmed False Invalid', objects: [gateway(open), set([wrong])] },
  { says: 'ListenerSet Programmed False NotAllowed', objects: [gateway(), set([{ ...http, port: 81 }])] },
  {
    says: 'ListenerSet Programmed False ParentNotProgrammed',
    objects: [gateway(open), set([{ ...http, port: 81 }])],
    addresses: [],
  },
  { says: 'ListenerSet Programmed False ListenersNotValid', objects: [gateway(open), set([http])] },
  { says: 'Route Accepted True Accepted', objects: [gateway(), web, route()] },
  ...routeKinds.map(kind => ({
    says: 'Route Accepted False NotAllowedByListeners',
    objects: [
      gateway({
        listeners: [
          { ...http, allowedRoutes: { kinds: [{ kind: kind === 'HTTPRoute' ? 'GRPCRoute' : 'HTTPRoute' }] } },
        ],
      }),
      web,
      route(kind === 'TLSRoute' ? { hostnames: ['a.example'] } : {}, kind),
    ],
  })),
  {
    says: 'Route Accepted False NoMatchingListenerHostname',
    objects: [gateway({ listeners: [{ ...http, hostname: 'a.example' }] }), web, route({ hostnames: ['b.example'] })],
  },
  {
    says: 'Route Accepted False NoMatchingParent',
    objects: [gateway(), web, route({ parentRefs: [{ name: 'front', sectionName: 'none' }] })],
  },
  {
    says: 'Route Accepted False NoMatchingParent',
    objects: [gateway({ listeners: [wrong] }), web, route()],
    message: /Gateway "front" in namespace "shop" has an error, which its own status tells/,
  },
  {
    says: 'ListenerSet Accepted False ParentNotAccepted',
    objects: [gateway({ ...open, listeners: [wrong] }), set([{ ...http, port: 81 }])],
    message: /Gateway "front" in namespace "shop" has an error, which its own status tells/,
  },
  {
    says: 'ListenerSet Accepted True Accepted',
    objects: [gateway({ ...open, listeners: [{ ...http, protocol: 'FOO' }] }), set([{ ...http, port: 81 }])],
  },
  {
    says: 'Gateway Accepted True ListenersNotValid',
    objects: [gateway({ ...open, listeners: [{ ...http, protocol: 'FOO' }] }), set([{ ...http, port: 81 }])],
  },
  {
    says: 'Route Accepted True Accepted',
    objects: [
      gateway({ listeners: [tls('https', { tls: { certificateRefs: [{ name: 'pair', ...elsewhere }] } })] }),
      web,
      route(),
    ],
  },
  {
    says: 'Route Accepted False UnsupportedValue',
    objects: [gateway(), web, route({ rules: [wrongRule] })],
    message: /^\[MW3\d+\]/,
  },
  { says: 'Route Accepted False IncompatibleFilters', objects: filtered(redirect, rewrite) },
  { says: 'Route ResolvedRefs True ResolvedRefs', objects: [gateway(), web, route()] },
  ...routeKinds.flatMap(kind => [
    { says: 'Route ResolvedRefs False RefNotPermitted', objects: withBackend({ ...backend, ...elsewhere }, kind) },
    {
      says: 'Route ResolvedRefs False InvalidKind',
      objects: withBackend({ ...backend, group: 'x.example', kind: 'Bucket' }, kind),
    },
    { says: 'Route ResolvedRefs False BackendNotFound', objects: withBackend({ ...backend, port: 81 }, kind) },
  ]),
  ...['mysql', 'kubernetes.io/wss', 'x.example/own'].map(appProtocol => ({
    says: 'Route ResolvedRefs False UnsupportedProtocol',
    objects: [gateway(), service('web', { name: 'main', appProtocol }), route()],
    message: new RegExp(`port 80 of Service "web" in namespace "shop" speaks ${appProtocol}`),
  })),
  ...(['HTTPRoute', 'GRPCRoute'] as const).map(kind => ({
    says: 'Route PartiallyInvalid True UnsupportedValue',
    objects: [gateway(), web, route({ rules: [{ backendRefs: [backend] }, wrongRules[kind]] }, kind)],
    message: /^Dropped Rule rules\[1\]: \[MW3\d+\]/,
  })),
  { says: 'BackendTLSPolicy Accepted True Accepted', objects: [gateway(), web, route(), policy(system)] },
  {
    says: 'BackendTLSPolicy Accepted False Conflicted',
    objects: [gateway(), web, route(), policy(system), policy(system, ['web'], 'x-late')],
  },
  {
    says: 'BackendTLSPolicy Accepted False Invalid',
    objects: [gateway(), web, route(), policy({ wellKnownCACertificates: 'x.example/own' })],
  },
  {
    says: 'BackendTLSPolicy Accepted False TargetNotFound',
    objects: [...withBackend({ ...backend, name: 'missing' }, 'HTTPRoute'), policy(system, ['web', 'missing'])],
  },
  {
    says: 'BackendTLSPolicy Accepted False NoValidCACertificate',
    objects: [gateway(), web, route(), policy(authority('ConfigMap'))],
  },
  { says: 'BackendTLSPolicy ResolvedRefs True ResolvedRefs', objects: [gateway(), web, route(), policy(system)] },
  {
    says: 'BackendTLSPolicy ResolvedRefs False InvalidCACertificateRef',
    objects: [gateway(), web, route(), policy(authority('ConfigMap'))],
  },
  {
    says: 'BackendTLSPolicy ResolvedRefs False InvalidKind',
    objects: [gateway(), web, route(), policy(authority('Secret'))],
  },
]
