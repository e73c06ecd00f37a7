import type { Condition } from '../../model/standing.ts'

/** What to do about a condition of the Gateway API that is not as it should be, by the specification's word for why. */
const remedies: Readonly<{ [reason: string]: string }> = {
  BackendNotFound: 'correct the name, the namespace or the port, or declare the service',
  HostnameConflict: 'give one of the two listeners another hostname or port',
  InvalidCACertificateKind: 'name a ConfigMap with `ca.crt`, or a Secret',
  InvalidCACertificateRef: 'name a ConfigMap or Secret that is there, with authorities in PEM under `ca.crt`',
  InvalidCertificateRef: 'name a Secret that is there, with `tls.crt` and `tls.key` in PEM',
  InvalidClientCertificateRef: 'name a Secret that is there, with `tls.crt` and `tls.key` in PEM',
  InvalidKind: 'refer to a Service of the core group',
  InvalidParameters: 'leave parametersRef out: Meshwright has no settings of its own there',
  InvalidRouteKinds: 'list kinds that the listener’s protocol carries',
  NoMatchingListenerHostname: 'let a hostname of the route be one that the listener has',
  NoMatchingParent:
    'correct the parent’s name or namespace, or its sectionName or port: they pick listeners, or ports of a Service',
  NoValidCACertificate: 'name a ConfigMap or Secret with authorities that can be read',
  NotAllowed: 'let allowedListeners of the Gateway take in its namespace',
  NotAllowedByListeners: 'let allowedRoutes of the listener take in the route’s namespace and kind',
  ParentNotAccepted: 'mend the Gateway first',
  ProtocolConflict: 'give one of the two listeners another port',
  RefNotPermitted: 'a ReferenceGrant in the other namespace permits it',
  RouteConflict: 'write all that is said of calls to the port in routes of one kind',
  TargetNotFound: 'correct the name or the port, declare the Service with that port, or take the target out',
  UnsupportedAddress: 'write the type IPAddress or Hostname, or leave the address out',
  UnsupportedProtocol: 'use HTTP, HTTPS, TLS, TCP or UDP',
}

const anyOther = 'correct the reference, the host or the listener, or give a ReferenceGrant'

export function remedyFor({ reason, type }: Pick<Condition, 'reason' | 'type'>): string {
  // Of a Gateway whose class nobody here serves.
  if (reason === 'Pending' && type === 'Accepted')
    return 'write gatewayClassName: meshwright, unless another controller of the cluster serves it'
  // Of two routes of different kinds; listeners say it by a condition of its own.
  if (reason === 'HostnameConflict' && type === 'Accepted')
    return 'give one of the two routes other hostnames, or attach it to another listener'
  if (reason === 'UnsupportedProtocol' && type === 'ResolvedRefs')
    return 'let the port’s appProtocol be one that carries requests: http, http2, grpc, kubernetes.io/h2c or kubernetes.io/ws'
  if (reason === 'UnsupportedValue' && type === 'Accepted')
    return 'name what can be used: a certificate, a parent of another kind'
  return remedies[reason] ?? anyOther
}
