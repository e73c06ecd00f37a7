/**
 * Fixed addresses of a pod whose traffic is redirected. They are Istio's, so that firewalls, dashboards and people know
 * them; the rules that lead there are made by the init container.
 */
export const redirectPorts = {
  /** All that the pod's containers connect to. */
  outbound: 15001,
  /** All that others connect to. */
  inbound: 15006,
  /** Its questions for names, by UDP, where the proxy takes those in. */
  dns: 15053,
} as const

/** User and group of the proxy, by which the redirect rules tell its connections from the application's. */
export const proxyUser = 1337

/** Connections from here come from the pod's own proxy and are not redirected again. */
export const proxySource = '127.0.0.6'
/** The same for IPv6, whose loopback is one address alone: nobody else connects from it to the pod's own address. */
export const proxySource6 = '::1'

/** Connects from there, whichever family it goes to. */
export const fromProxySource = {
  source_address: { address: proxySource, port_value: 0 },
  extra_source_addresses: [{ address: { address: proxySource6, port_value: 0 } }],
} as const
