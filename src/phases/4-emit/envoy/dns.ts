/**
 * Answers to a pod's questions for names, where its proxy takes those in: declared hosts have the addresses that their
 * entries name, or automatic ones; every other name is asked for where the pod would have asked (docs/adr/0027).
 */
import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { isWildcard } from '../../../model/host-entry.ts'
import type { Mesh } from '../../../model/mesh.ts'
import type { ProxyPlacement, ServiceAddresses } from '../../../model/placement.ts'
import { hostKey, type Service } from '../../../model/service.ts'
import { memo } from '../../../util/memo.ts'
import { type EnvoyResource, type Message, seconds, typed } from './envoy-resource.ts'
import { redirectPorts } from './redirect-ports.ts'
import type { View } from './view.ts'

/** Addresses by which callers know a service: those that a cluster gave it, that its declaration names, or automatic ones. */
export function addressesOf(service: Service, addresses: ServiceAddresses): readonly string[] {
  const { entry } = service
  const declared = (entry?.addresses ?? []).filter(address => isIP(address) !== 0)
  return declared.length > 0 ? declared : (addresses[hostKey(service)] ?? [])
}

/** What a proxy knows of addresses: with the automatic ones where it answers its pod's questions. */
export function addressesFor(
  { dns }: Pick<ProxyPlacement, 'dns'>,
  { services }: Pick<Mesh, 'services'>,
  addresses: ServiceAddresses,
): ServiceAddresses {
  return dns?.allocates === true ? withAutomatic(services, addresses) : addresses
}

const withAutomatic = memo(
  (services: Mesh['services'], addresses: ServiceAddresses): ServiceAddresses => ({
    ...addresses,
    ...automaticAddresses(services),
  }),
)

/** A host has the automatic address of its name, or, where another host's name gives the same, one of the next block. */
const automaticAddresses = memo((services: Mesh['services']): ServiceAddresses => {
  const keys = [...new Set(services.filter(needsAddress).map(hostKey))].sort()
  const bySlot = Map.groupBy(keys, slotOf)
  return Object.fromEntries(
    [...bySlot].flatMap(([slot, sharing]) => sharing.map((key, rank) => [key, [automaticAddress(slot, rank)]])),
  )
})

/** Where the caller was going is all that is known of the others. */
function needsAddress({ host, entry }: Service): boolean {
  return entry !== undefined && entry.addresses.length === 0 && entry.resolution !== 'NONE' && !isWildcard(host)
}

/** Of a block of 65 536: without the first and the last, which some take for those of a network and of all of it. */
function slotOf(key: string): number {
  return 1 + (createHash('sha256').update(key).digest().readUInt32BE(0) % 65_534)
}

/** 240.240.0.0/16 as Istio has it, of class E, which nobody else uses; what does not fit goes up to 240.255. */
function automaticAddress(slot: number, rank: number): string {
  return `240.${240 + (rank % 16)}.${slot >> 8}.${slot & 255}`
}

/** The listener to which the pod's questions are led. */
export const dnsListener = memo((view: View, addresses: ServiceAddresses): readonly EnvoyResource[] => {
  const hosts = view.services.flatMap(({ service }) => {
    const own = service.entry === undefined ? [] : addressesOf(service, addresses)
    return own.length === 0 ? [] : [{ service, own }]
  })
  const name = 'dns'
  const value = {
    name,
    address: { socket_address: { protocol: 'UDP', address: '127.0.0.1', port_value: redirectPorts.dns } },
    // Nobody else is in the pod: each worker has its own socket, as Envoy wants it of UDP.
    enable_reuse_port: true,
    listener_filters: [{ name: 'envoy.filters.udp.dns_filter', typed_config: dnsFilter(hosts) }],
  }
  return [{ type: 'listener', name, value, needs: {}, from: hosts.map(({ service }) => service.at) }]
})

function dnsFilter(hosts: readonly { readonly service: Service; readonly own: readonly string[] }[]): Message {
  const domains = hosts.map(({ service, own }) => ({
    name: service.host.toLowerCase(),
    endpoint: { address_list: { address: own } },
    answer_ttl: seconds(30_000),
  }))
  return typed('envoy.extensions.filters.udp.dns_filter.v3.DnsFilterConfig', {
    stat_prefix: 'dns',
    server_config: { inline_dns_table: domains.length === 0 ? {} : { virtual_domains: domains } },
    client_config: {
      resolver_timeout: seconds(5000),
      max_pending_lookups: '1024',
      // Those of the pod. The names are whole: the application's own resolver has tried the pod's search domains.
      typed_dns_resolver_config: {
        name: 'envoy.network.dns_resolver.cares',
        typed_config: typed('envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig', {
          dns_resolver_options: { no_default_search_domain: true },
        }),
      },
    },
  })
}
