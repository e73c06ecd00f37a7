/**
 * What of a kind is wrong in nearly all values of its schema, put right: so that those which pass the checks are many enough to tell
 * whether Envoy takes them.
 */
interface Values {
  readonly [field: string]: unknown
}

/** @param number tells it from all others: of several for one host or port, the first alone is shown to Envoy. */
type Shape = (spec: Values, number: number) => Values

/** By kind, of Istio's. */
export const likelyShapes: Readonly<{ [kind: string]: Shape | undefined }> = {
  VirtualService: ({ http, tls: _, tcp: __, ...spec }, number) => ({
    ...spec,
    hosts: [`h${number}.example.com`],
    http: isFilled(http) ? http.map(routed) : [routed({})],
  }),
  Gateway: ({ servers, ...spec }, number) => ({
    ...spec,
    servers: (isFilled(servers) ? servers : [{}]).map((server, index) => opened(server, number * 10 + index)),
  }),
}

function isFilled(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One action for each rule. */
function routed(rule: unknown): unknown {
  if (!isValues(rule)) return rule
  const { route, redirect, directResponse, delegate: _, rewrite, mirror, mirrors, ...rest } = rule
  if (redirect !== undefined || directResponse !== undefined)
    return { ...rest, ...(redirect === undefined ? { directResponse } : { redirect }) }
  const way = { rewrite, ...(mirror === undefined ? { mirrors } : { mirror }) }
  return JSON.parse(
    JSON.stringify({ ...rest, ...way, route: isFilled(route) ? route : [{ destination: { host: 's0' } }] }),
  )
}

/** Hosts that may be, and a port of its own name, of a protocol without TLS. */
function opened(server: unknown, number: number): unknown {
  if (!isValues(server)) return server
  const { port, hosts, tls: _, ...rest } = server
  const own = isValues(port) ? port : {}
  const { targetPort: __, ...kept } = own
  return {
    ...rest,
    hosts: isFilled(hosts) ? hosts.filter(host => !/^s\d$/.test(`${host}`)).concat([`h${number}.example.com`]) : ['*'],
    port: { protocol: 'HTTP', ...kept, name: `p${number}`, number: 8080 + number },
  }
}
