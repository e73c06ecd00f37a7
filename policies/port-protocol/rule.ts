import { definePolicy } from 'meshwright/policy'

export default definePolicy({
  id: 'port-protocol',
  meta: {
    severity: 'warning',
    recommended: true,
    standsAlone: true,
    description: 'Every service port says its protocol, by name or appProtocol.',
  },
  messages: {
    undeclared: 'port {port} of service "{service}" does not say its protocol: it is guessed from the first bytes',
  },
  help: 'name it <protocol> or <protocol>-<name> (http, grpc, tcp, …), or set appProtocol',
  create: () => ({
    *service(service) {
      for (const port of service.ports) {
        if (!port.declared)
          yield {
            message: 'undeclared',
            at: port.at,
            data: { service: service.name, port: port.number },
            ...(service.entry === undefined ? {} : { help: 'set its protocol: HTTP, GRPC, TLS, TCP, …' }),
          }
      }
    },
  }),
})
