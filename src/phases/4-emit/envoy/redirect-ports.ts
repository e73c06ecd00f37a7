/**
 * Fixed addresses of a pod whose traffic is redirected. They are Istio's, so that firewalls, dashboards and people know
 * them; the rules that lead there are made by the init container.
 */
export const redirectPorts = {
  /** All that the pod's containers connect to. */
  outbound: 15001,
  /** All that others connect to. */
  inbound: 15006,
} as const

/** Connections from here come from the pod's own proxy and are not redirected again. */
export const proxySource = '127.0.0.6'
