/**
 * Gateways between clusters (`AUTO_PASSTHROUGH`): mutual TLS of the mesh is passed on as it is, to the cluster that its server name
 * says. Whoever is called decides who comes in.
 */

import type { Server } from '../../../model/gateway.ts'
import { hostCovers } from '../../../model/host-entry.ts'
import { memo } from '../../../util/memo.ts'
import type { EnvoyResource, Message } from './envoy-resource.ts'
import { isMeshTls } from './mtls.ts'
import { meshServerName } from './names.ts'
import type { View, VisibleService } from './view.ts'

/** A chain for each port of a service, and for each of its subsets. */
export interface PassedOn {
  /** What a client's proxy asks for, and the cluster that it is passed on to. */
  readonly name: string
  readonly match: Message
}

/**
 * What a server is for: services of the mesh that its hosts cover. Hosts outside of it have no proxies that would ask so, and of a wildcard
 * nobody asks for the wildcard itself, which Envoy takes for no name.
 */
export function passedOnBy(server: Server, view: View): readonly PassedOn[] {
  const isFor = ({ service: { host, namespace, entry } }: VisibleService) =>
    entry?.isExternal !== true &&
    !host.startsWith('*') &&
    server.hosts.some(
      wanted => (wanted.namespace === '*' || wanted.namespace === namespace) && hostCovers(wanted.host, host),
    )
  return view.services
    .filter(isFor)
    .flatMap(visible =>
      serverNames(visible).map(name => ({ name, match: { ...isMeshTls, server_names: [name.toLowerCase()] } })),
    )
}

function serverNames({ service, destination }: VisibleService): string[] {
  const subsets = [undefined, ...(destination?.subsets ?? []).map(({ name }) => name)]
  return service.ports.flatMap(({ number }) => subsets.map(subset => meshServerName(service.host, number, subset)))
}

/** The cluster of such a name: that of callers, with its endpoints, without a TLS of its own. */
export const passedOnCluster = memo((cluster: EnvoyResource): EnvoyResource => {
  const [, port, subset, host] = cluster.name.split('|')
  const name = meshServerName(host!, Number(port), subset)
  const { transport_socket, transport_socket_matches, typed_extension_protocol_options, ...value } = cluster.value
  const { secret, ...needs } = cluster.needs
  return { ...cluster, name, value: { ...value, name, alt_stat_name: `${name};` }, needs }
})
