import { definePolicy, type Service, type WrittenEndpoints } from 'meshwright/policy'

export default definePolicy({
  id: 'unmatched-endpoints',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Endpoints that somebody writes down are those of a Service without a selector, port for port.',
  },
  messages: {
    service: 'endpoints "{endpoints}" are those of a Service "{service}", which namespace "{namespace}" does not have',
    selector:
      'endpoints "{endpoints}" lead nowhere: Service "{service}" has a selector, and is where the pods are that it selects',
    port: 'port {port} of Service "{service}" leads nowhere: none of its endpoints has a port {name}',
  },
  help: 'name the Service as it is called, and each port as the Service names it',
  create: () => ({
    *mesh({ services, writtenEndpoints = [] }) {
      if (writtenEndpoints.length === 0) return
      const declared = services.filter(({ entry }) => entry === undefined)
      const byKey = new Map(declared.map(service => [keyOf(service.namespace, service.name), service]))
      const matched = new Map<Service, WrittenEndpoints[]>()
      for (const written of writtenEndpoints) {
        const { namespace, name, service: wanted, at } = written
        const service = byKey.get(keyOf(namespace, wanted))
        const data = { endpoints: name, service: wanted, namespace }
        if (service === undefined) yield { message: 'service', at, data }
        else if (Object.keys(service.selector).length > 0) {
          const help = 'delete the selector, or the endpoints'
          yield { message: 'selector', at, data, help, related: [{ at: service.at, message: 'declared here' }] }
        } else matched.set(service, [...(matched.get(service) ?? []), written])
      }
      for (const [service, own] of matched) yield* portProblems(service, own)
    },
  }),
})

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

/** Only where there is a place at all: a Service may be meant to be nowhere for a while. */
function* portProblems(service: Service, own: readonly WrittenEndpoints[]) {
  const places = own.flatMap(written => written.places)
  if (places.length === 0) return
  for (const { name, number, at } of service.ports) {
    if (places.some(({ ports }) => Object.hasOwn(ports, name))) continue
    const data = { port: number, service: service.name, name: name === '' ? 'without a name' : `"${name}"` }
    yield { message: 'port', at, data, related: own.map(each => ({ at: each.at, message: 'its endpoints' })) }
  }
}
