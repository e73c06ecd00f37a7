import { carriedBy, decidesAccess, definePolicy, isAbout, writtenName } from 'meshwright/policy'

export default definePolicy({
  id: 'closed-to-datagrams',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Policies that say who may come in are about gateways without listeners for UDP.',
  },
  messages: {
    closed:
      'AuthorizationPolicy "{policy}" closes port {port} for UDP of gateway "{gateway}": no datagram can be held against it',
  },
  help: 'let it hang on the Gateways that it is meant for (targetRefs), and serve UDP by another one',
  create: ({ mesh }) => ({
    *accessPolicy(policy) {
      if (!decidesAccess(policy)) return
      for (const gateway of mesh.gateways) {
        const subject = { namespace: gateway.namespace, labels: gateway.selector, gateways: [gateway] }
        if (!isAbout(policy, subject, mesh.rootNamespaces)) continue
        for (const server of gateway.servers) {
          if (carriedBy(server).transport !== 'UDP') continue
          const data = { policy: policy.name, gateway: writtenName(gateway), port: server.port.number }
          yield { message: 'closed', at: policy.at, data, related: [{ at: server.at, message: 'the listener' }] }
        }
      }
    },
  }),
})
