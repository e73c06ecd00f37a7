import { definePolicy, isHttp, type Service, type ServicePort, settingsOf } from 'meshwright/policy'

export default definePolicy({
  id: 'host-without-address',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Declared hosts whose bytes are neither HTTP nor TLS have an address of their own.',
  },
  messages: {
    all: 'port {port} of host "{host}" has neither HTTP, nor TLS, nor an address: where traffic is redirected, it takes all connections to its port, also those to hosts that nobody declared',
  },
  help: 'give the entry addresses, or have proxies answer for names (ISTIO_META_DNS_CAPTURE), which gives it one',
  create: ({ mesh }) => ({
    *mesh({ services }) {
      const { captures = false, allocates = true } = settingsOf(mesh)?.dns ?? {}
      // Each has an automatic address then.
      if (captures && allocates) return
      const takers = new Set<number>()
      for (const service of services.filter(isWithoutAddress))
        for (const port of service.ports.filter(isBare)) {
          // Who comes after the first gets nothing, as shadowed-host says.
          if (!takers.has(port.number))
            yield { message: 'all', at: port.at, data: { port: port.number, host: service.host } }
          if (service.exportTo === undefined || service.exportTo.includes('*')) takers.add(port.number)
        }
    },
  }),
})

/** With resolution NONE connections go on to where they were going. */
function isWithoutAddress({ host, entry, exportTo }: Service): boolean {
  const isThere = entry !== undefined && entry.resolution !== 'NONE' && !host.startsWith('*') && exportTo?.length !== 0
  return isThere && entry.addresses.length === 0
}

function isBare({ protocol }: ServicePort): boolean {
  return !isHttp(protocol) && protocol !== 'TLS' && protocol !== 'HTTPS'
}
