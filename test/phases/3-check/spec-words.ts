/** The words of the Gateway API 1.7 for what becomes of its resources: conditions and their reasons. */

/** By kind and type: `True`, `False` and `Unknown` with their reasons. Routes of all kinds have the same. */
const words: { readonly [kindAndType: string]: { readonly [status: string]: string } } = {
  'GatewayClass Accepted': {
    True: 'Accepted',
    False: 'InvalidParameters Unsupported UnsupportedVersion',
    Unknown: 'Pending Waiting',
  },
  'GatewayClass SupportedVersion': { True: 'SupportedVersion', False: 'UnsupportedVersion' },
  'Gateway Accepted': {
    True: 'Accepted ListenersNotValid',
    False: 'Invalid InvalidParameters NotReconciled UnsupportedAddress ListenersNotValid',
    Unknown: 'Pending',
  },
  'Gateway Programmed': {
    True: 'Programmed',
    False: 'Invalid Pending NoResources AddressNotAssigned AddressNotUsable',
    Unknown: 'Pending',
  },
  'Gateway ResolvedRefs': {
    True: 'ResolvedRefs',
    False: 'RefNotPermitted InvalidClientCertificateRef ListenersNotResolved',
  },
  'Gateway InsecureFrontendValidationMode': { True: 'ConfigurationChanged' },
  'Gateway AddressesAssigned': { True: 'AddressesAssigned', False: 'PartiallyAssigned NotAssigned' },
  'Gateway Scheduled': { True: 'Scheduled' },
  'Gateway Ready': { True: 'Ready', False: 'ListenersNotReady' },
  'Listener Accepted': {
    True: 'Accepted',
    False: 'PortUnavailable UnsupportedProtocol NoValidCACertificate UnsupportedValue InvalidListenerFilterOrder',
    Unknown: 'Pending',
  },
  'Listener Detached': { False: 'Attached' },
  'Listener Conflicted': { True: 'HostnameConflict ProtocolConflict', False: 'NoConflicts' },
  'Listener ResolvedRefs': {
    True: 'ResolvedRefs',
    False: 'InvalidCertificateRef InvalidRouteKinds RefNotPermitted InvalidCACertificateRef InvalidCACertificateKind',
  },
  'Listener Programmed': { True: 'Programmed', False: 'Invalid Pending', Unknown: 'Pending' },
  'Listener OverlappingTLSConfig': { True: 'OverlappingHostnames OverlappingCertificates' },
  'Listener Ready': { True: 'Ready' },
  'ListenerSet Accepted': {
    True: 'Accepted ListenersNotValid',
    False: 'Invalid NotAllowed ParentNotAccepted ListenersNotValid',
    Unknown: 'Pending',
  },
  'ListenerSet Programmed': {
    True: 'Programmed',
    False: 'Invalid NotAllowed ParentNotProgrammed ListenersNotValid PortUnavailable',
    Unknown: 'Pending',
  },
  'ListenerEntry Accepted': {
    True: 'Accepted',
    False: 'PortUnavailable UnsupportedProtocol TooManyListeners',
    Unknown: 'Pending',
  },
  'ListenerEntry Conflicted': { True: 'HostnameConflict ProtocolConflict ListenerConflict', False: 'NoConflicts' },
  'ListenerEntry ResolvedRefs': {
    True: 'ResolvedRefs',
    False: 'InvalidCertificateRef InvalidRouteKinds RefNotPermitted',
  },
  'ListenerEntry Programmed': { True: 'Programmed', False: 'Invalid PortUnavailable', Unknown: 'Pending' },
  'ListenerEntry Ready': { True: 'Ready' },
  'Route Accepted': {
    True: 'Accepted',
    False: 'NotAllowedByListeners NoMatchingListenerHostname NoMatchingParent UnsupportedValue IncompatibleFilters',
    Unknown: 'Pending',
  },
  'Route ResolvedRefs': {
    True: 'ResolvedRefs',
    False: 'RefNotPermitted InvalidKind BackendNotFound UnsupportedProtocol',
  },
  'Route PartiallyInvalid': { True: 'UnsupportedValue' },
  'BackendTLSPolicy Accepted': { True: 'Accepted', False: 'Conflicted Invalid TargetNotFound NoValidCACertificate' },
  'BackendTLSPolicy ResolvedRefs': { True: 'ResolvedRefs', False: 'InvalidCACertificateRef InvalidKind' },
}

/** `Gateway Programmed False AddressNotUsable`, … */
export const specification: readonly string[] = Object.entries(words).flatMap(([kindAndType, statuses]) =>
  Object.entries(statuses).flatMap(([status, reasons]) =>
    reasons.split(' ').map(reason => `${kindAndType} ${status} ${reason}`),
  ),
)
