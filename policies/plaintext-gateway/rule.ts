import { definePolicy, writtenName } from 'meshwright/policy'

const plain = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB'])

export default definePolicy({
  id: 'plaintext-gateway',
  meta: { severity: 'warning', standsAlone: true, description: 'Gateways serve TLS, or redirect to it.' },
  messages: { plaintext: 'gateway "{gateway}" serves port {port} without TLS' },
  help: 'serve it over TLS, or redirect to a port that does (tls: { httpsRedirect: true })',
  create: () => ({
    *gateway(gateway) {
      for (const { port, tls, at } of gateway.servers) {
        if (plain.has(port.protocol) && tls?.httpsRedirect !== true)
          yield { message: 'plaintext', at, data: { gateway: writtenName(gateway), port: port.number } }
      }
    },
  }),
})
