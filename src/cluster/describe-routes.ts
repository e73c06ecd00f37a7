/** Subsets of services, and the routes that lead to them, as sections of a description. */
import { allDestinations, type Destination, destinationsOf, type HttpRouting } from '../model/http-route.ts'
import type { Mesh } from '../model/mesh.ts'
import { type Labels, selects } from '../model/node.ts'
import type { Service } from '../model/service.ts'
import { labelText, type Section } from './describe-policies.ts'

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
  const leading = routings.filter(routing => allDestinations(routing).some(destination => destination.host === host))
  return [{ title: 'Routes', lines: own.map(routing => `${routing.at}: ${rulesText(routing)}`) }, exposure(leading)]
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
  const leading = mesh.routings
    .map(routing => ({
      ...routing,
      rules: routing.rules.filter(rule => destinationsOf(rule).some(leadsHere)),
      tls: routing.tls.filter(({ destinations }) => destinations.some(leadsHere)),
      tcp: routing.tcp.filter(({ destinations }) => destinations.some(leadsHere)),
    }))
    .filter(({ rules, tls, tcp }) => rules.length + tls.length + tcp.length > 0)
  const hostsOf = ({ hosts }: HttpRouting) => hosts.map(({ host }) => host).join(', ')
  return [
    {
      title: 'Subsets',
      lines: subsets.map(({ name, labels, host }) => `${name} of ${host}: ${labelText(labels)}`),
    },
    { title: 'Routes', lines: leading.map(routing => `${routing.at}: ${rulesText(routing)}, for ${hostsOf(routing)}`) },
    exposure(leading),
  ]
}

function exposure(leading: readonly HttpRouting[]): Section {
  const exposing = leading.filter(({ gateways }) => gateways.some(({ gateway }) => gateway !== 'mesh'))
  const places = ({ gateways }: HttpRouting) => gateways.map(({ gateway }) => gateway).join(', ')
  return { title: 'Exposed by', lines: exposing.map(routing => `${routing.at} at ${places(routing)}`) }
}

function rulesText({ rules, tls, tcp }: HttpRouting): string {
  const counts = [
    ['HTTP', rules.length],
    ['TLS', tls.length],
    ['TCP', tcp.length],
  ] as const
  const named = counts.filter(([, count]) => count > 0)
  return named.map(([what, count]) => `${count} ${what} ${count === 1 ? 'rule' : 'rules'}`).join(', ') || 'no rules'
}
