/** Subsets of services, and the routes that lead to them, as sections of a description. */
import { type Destination, destinationsOf, type HttpRouting } from '../model/http-route.ts'
import type { Mesh } from '../model/mesh.ts'
import { type Labels, labelText, nodeKey, resourceAt, selects } from '../model/node.ts'
import type { Service } from '../model/service.ts'
import type { Section } from './describe-policies.ts'

export interface DescribedSubset {
  readonly name: string
  readonly labels: Labels
  /** Workloads that it picks. */
  readonly count: number
}

interface Labelled {
  readonly labels: Labels
}

/** What any rule names as a part of a service, and how many of these it picks. */
export function subsetsOf({ host }: Service, workloads: readonly Labelled[], mesh: Mesh): DescribedSubset[] {
  // One that picks callers is beside the one for all: what either names is a subset of the host.
  const destinations = mesh.destinations.filter(candidate => candidate.host === host)
  const subsets = new Map(destinations.flatMap(destination => destination.subsets.map(each => [each.name, each])))
  return [...subsets.values()].map(({ name, labels }) => ({
    name,
    labels,
    count: workloads.filter(workload => selects(labels, workload.labels)).length,
  }))
}

/** Whose hosts a service's own routes are for, and who leads to it from outside. */
export function routesOfService({ host }: Service, { routings }: Mesh): Section[] {
  const own = routings.filter(({ hosts }) => hosts.some(candidate => candidate.host === host))
  const leading = leadingTo(destination => destination.host === host, routings)
  return [
    { title: 'Routes', lines: own.map(routing => `${resourceAt(routing.at)}: ${rulesText(routing)}`) },
    exposure(leading),
  ]
}

/** Routings with those of their rules alone that lead somewhere; by name, for readers. */
function leadingTo(leadsHere: (destination: Destination) => boolean, routings: readonly HttpRouting[]): HttpRouting[] {
  return routings
    .map(routing => ({
      ...routing,
      rules: routing.rules.filter(rule => destinationsOf(rule).some(leadsHere)),
      tls: routing.tls.filter(({ destinations }) => destinations.some(leadsHere)),
      tcp: routing.tcp.filter(({ destinations }) => destinations.some(leadsHere)),
      udp: (routing.udp ?? []).filter(({ destinations }) => destinations.some(leadsHere)),
    }))
    .filter(({ rules, tls, tcp, udp }) => rules.length + tls.length + tcp.length + udp.length > 0)
    .sort((a, b) => (nodeKey(a) < nodeKey(b) ? -1 : 1))
}

/** The subsets that a workload is in, and every route that leads to it: by a service as a whole, or by one of those. */
export function routesOfWorkload(services: readonly Service[], workload: Labelled, mesh: Mesh): Section[] {
  const subsets = services.flatMap(service =>
    subsetsOf(service, [workload], mesh).flatMap(subset => (subset.count > 0 ? { ...subset, host: service.host } : [])),
  )
  const leadsHere = ({ host, subset }: Destination) =>
    subset === undefined
      ? services.some(service => service.host === host)
      : subsets.some(each => each.host === host && each.name === subset)
  const leading = leadingTo(leadsHere, mesh.routings)
  const hostsOf = ({ hosts }: HttpRouting) => hosts.map(({ host }) => host).join(', ')
  return [
    {
      title: 'Subsets',
      lines: subsets.map(({ name, labels, host }) => `${name} of ${host}: ${labelText(labels)}`),
    },
    {
      title: 'Routes',
      lines: leading.map(routing => `${resourceAt(routing.at)}: ${rulesText(routing)}, for ${hostsOf(routing)}`),
    },
    exposure(leading),
  ]
}

function exposure(leading: readonly HttpRouting[]): Section {
  const lines = leading.flatMap(routing => {
    const places = gatewaysOf(routing)
    return places.some(gateway => gateway !== 'mesh') ? [`${resourceAt(routing.at)} at ${places.join(', ')}`] : []
  })
  return { title: 'Exposed by', lines }
}

/** Those at which any of its rules holds: matches may name fewer than the routing does. */
function gatewaysOf({ gateways, rules, tls, tcp, udp = [] }: HttpRouting): string[] {
  const all = [...rules, ...tls, ...tcp, ...udp]
  const holdsAt = (gateway: string) =>
    all.some(({ matches }) => matches.length === 0 || matches.some(match => match.gateways?.includes(gateway) ?? true))
  return gateways.map(({ gateway }) => gateway).filter(holdsAt)
}

function rulesText({ rules, tls, tcp, udp = [] }: HttpRouting): string {
  const counts = [
    ['HTTP', rules.length],
    ['TLS', tls.length],
    ['TCP', tcp.length],
    ['UDP', udp.length],
  ] as const
  const named = counts.filter(([, count]) => count > 0)
  return named.map(([what, count]) => `${count} ${what} ${count === 1 ? 'rule' : 'rules'}`).join(', ') || 'no rules'
}
