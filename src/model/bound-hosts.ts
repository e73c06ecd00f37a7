import type { Server } from './gateway.ts'
import { hostCovers } from './host-entry.ts'
import type { HttpRouting } from './http-route.ts'

/** Hosts on which a routing and a server agree: the more specific of the two. */
export function boundHosts(routing: HttpRouting, server: Server): string[] {
  const agreed = server.hosts
    .filter(({ namespace }) => namespace === '*' || namespace === routing.namespace)
    .flatMap(({ host }) =>
      routing.hosts.flatMap(wanted =>
        hostCovers(host, wanted.host) ? [wanted.host] : hostCovers(wanted.host, host) ? [host] : [],
      ),
    )
  return [...new Set(agreed)]
}
