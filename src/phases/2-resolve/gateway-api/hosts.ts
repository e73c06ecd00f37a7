/** Hosts of listeners and routes: names, or patterns that begin with `*.`, or `*` for all. */
import type { Listener as ApiListener } from '../../../kinds/gateway-api/gateway.ts'
import { hostCovers } from '../../../model/host-entry.ts'

/** What a listener is for. */
export function hostOf({ listener: { hostname = '*' } }: { readonly listener: Pick<ApiListener, 'hostname'> }): string {
  return hostname
}

/** Is there a host that both are for? */
export function meet(a: string, b: string): boolean {
  return hostCovers(a, b) || hostCovers(b, a)
}

/** How exactly a route's own hostnames say a host, more exact ones first: by those without a wildcard, then by their length. */
export function compareHostnames(
  host: string,
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): number {
  const [first, second] = [exactness(host, a), exactness(host, b)]
  return second.whole - first.whole || second.any - first.any
}

/** Letters of the longest hostname that is for a host. */
function exactness(host: string, hostnames: readonly string[] = []) {
  const matching = hostnames.filter(hostname => hostCovers(hostname, host))
  const longest = (names: readonly string[]) => Math.max(0, ...names.map(({ length }) => length))
  return { whole: longest(matching.filter(name => !name.startsWith('*'))), any: longest(matching) }
}

/** Hosts for which both are: of two that meet, the narrower. */
export function commonHosts(hostnames: readonly string[] | undefined, listener: string | undefined): string[] {
  if (hostnames === undefined || hostnames.length === 0) return [listener ?? '*']
  if (listener === undefined) return [...hostnames]
  const common = hostnames.flatMap(host =>
    hostCovers(listener, host) ? [host] : hostCovers(host, listener) ? [listener] : [],
  )
  return [...new Set(common)]
}
