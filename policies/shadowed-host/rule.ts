import { definePolicy, isHttp, type Mesh, type Service, type ServicePort, settingsOf } from 'meshwright/policy'

export default definePolicy({
  id: 'shadowed-host',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Declared hosts are told apart, each by what it is called by.',
  },
  messages: {
    host: 'host "{host}" is declared a second time in namespace "{namespace}": only the first holds, with ports {ports}',
    address:
      'port {port} of host "{host}" has the address {address}, which host "{other}" has too: connections to it go there',
    rest: 'port {port} of host "{host}" has neither HTTP, nor TLS, nor an address: where traffic is redirected, host "{other}" takes all of the port',
  },
  help: 'put them into one entry, or give each addresses of its own',
  create: () => ({
    *mesh(mesh) {
      yield* twice(mesh)
      yield* sharing(mesh)
    },
  }),
})

/** Clusters and routes are named after hosts: of two with one name there is one. */
function* twice({ services }: Mesh) {
  const byName = Map.groupBy(services, ({ namespace, host }) => `${namespace}/${host}`)
  for (const [first, ...others] of byName.values()) {
    for (const { host, namespace, at } of others) {
      const ports = first!.ports.map(({ number }) => number).join(', ')
      const related = [{ at: first!.at, message: 'this one holds' }]
      yield { message: 'host', at: `${at}/spec/hosts`, data: { host, namespace, ports }, related }
    }
  }
}

interface Bare {
  readonly service: Service
  readonly port: ServicePort
  readonly addresses: readonly string[]
}

/** Bytes that are neither HTTP nor TLS say nothing of whom they are for. */
function* sharing(mesh: Mesh) {
  const { captures = false, allocates = true } = settingsOf(mesh)?.dns ?? {}
  const bare = mesh.services.flatMap(service =>
    service.ports.filter(isBare).flatMap((port): Bare[] => {
      const { entry } = service
      // An automatic address is nobody else's.
      const isAllocated = captures && allocates && entry?.resolution !== 'NONE' && !service.host.startsWith('*')
      const isAlone = isAllocated && entry?.addresses.length === 0
      return entry === undefined || isAlone ? [] : [{ service, port, addresses: entry.addresses }]
    }),
  )
  const firsts = new Map<string, Bare[]>()
  for (const item of bare) {
    const { service, port, addresses } = item
    const data = { host: service.host, port: port.number }
    for (const address of addresses.length === 0 ? [''] : addresses) {
      const key = `${port.number} ${address}`
      const other = firsts.get(key)?.find(first => isSeenBeside(first.service, service))
      firsts.set(key, [...(firsts.get(key) ?? []), item])
      if (other === undefined || other.service.host === service.host) continue
      const message = address === '' ? 'rest' : 'address'
      const related = [{ at: other.port.at, message: 'this one gets them' }]
      yield { message, at: port.at, data: { ...data, address, other: other.service.host }, related }
    }
  }
}

function isBare({ protocol }: ServicePort): boolean {
  return !isHttp(protocol) && protocol !== 'TLS' && protocol !== 'HTTPS'
}

/** Is there a namespace that sees both, and does it matter there which of them is meant? */
function isSeenBeside(a: Service, b: Service): boolean {
  // Both lead to wherever the caller was going.
  if (a.entry?.resolution === 'NONE' && b.entry?.resolution === 'NONE') return false
  const [seenA, seenB] = [seenFrom(a), seenFrom(b)]
  if (seenA.length === 0 || seenB.length === 0) return false
  return seenA.includes('*') || seenB.includes('*') || seenA.some(namespace => seenB.includes(namespace))
}

function seenFrom({ namespace, exportTo = ['*'] }: Service): readonly string[] {
  return exportTo.map(to => (to === '.' ? namespace : to))
}
