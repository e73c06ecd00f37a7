import { allDestinations, definePolicy } from 'meshwright/policy'

export default definePolicy({
  id: 'unknown-host',
  meta: { severity: 'error', recommended: true, description: 'Routes and destination rules name hosts that exist.' },
  messages: {
    destination: 'route "{route}" sends requests to host "{host}", which no service has',
    host: 'route "{route}" is for host "{host}", which no service has',
    policy: 'destination rule "{rule}" is for host "{host}", which no service has',
    proxy: 'scope "{scope}" sends calls to unknown hosts on to {host}:{port}, which no service has',
    port: 'route "{route}" sends requests to port {port} of "{host}", which has only {ports}',
  },
  help: 'declare the service, or correct the name',
  create: ({ mesh }) => {
    const services = new Map(mesh.services.map(service => [service.host, service]))
    const aliases = new Map(
      mesh.services.flatMap(service => (service.aliases ?? []).map(({ host }) => [host, service] as const)),
    )
    const isOurs = (host: string) => host.endsWith(`.svc.${mesh.domain}`)
    const near = (host: string) => {
      const meant = aliases.get(host)
      return meant === undefined
        ? nearest(host, [...services.keys()])
        : { help: `it is another name of "${meant.host}": name that one` }
    }
    return {
      *routing(routing) {
        const inMesh = routing.gateways.some(({ gateway }) => gateway === 'mesh')
        for (const { host, at } of inMesh ? routing.hosts : []) {
          if (isOurs(host) && !services.has(host) && !host.startsWith('*'))
            yield { message: 'host', at, data: { route: routing.name, host }, ...near(host) }
        }
        for (const destination of allDestinations(routing)) {
          const { host, port, at } = destination
          const data = { route: routing.name, host }
          const service = services.get(host) ?? aliases.get(host)
          if (service === undefined) yield { message: 'destination', at: `${at}/destination/host`, data, ...near(host) }
          else if (port !== undefined && !service.ports.some(({ number }) => number === port)) {
            const ports = service.ports.map(({ number }) => number).join(', ')
            yield {
              message: 'port',
              at: `${at}/destination/port/number`,
              data: { ...data, port, ports },
              help: `use one of the service's ports: ${ports}`,
            }
          }
        }
      },
      *scope({ name, unknownHosts }) {
        if (unknownHosts?.kind !== 'proxied') return
        const { host, port, at } = unknownHosts
        const service = services.get(host)
        if (service?.ports.some(({ number }) => number === port) === true) return
        const help = service === undefined ? near(host) : { help: `use one of the service's ports` }
        yield { message: 'proxy', at: `${at}/host`, data: { scope: name, host, port }, ...help }
      },
      *destination({ name, host, at }) {
        if (isOurs(host) && !host.startsWith('*') && !services.has(host))
          yield { message: 'policy', at: `${at}/spec/host`, data: { rule: name, host }, ...near(host) }
      },
    }
  },
})

/** A name that differs by little is most likely what was meant. */
function nearest(host: string, candidates: readonly string[]): { readonly help?: string } {
  const best = candidates
    .map(candidate => ({ candidate, distance: distance(host.split('.')[0]!, candidate.split('.')[0]!) }))
    .toSorted((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= 2 ? { help: `did you mean "${best.candidate}"?` } : {}
}

/** Levenshtein's distance, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
