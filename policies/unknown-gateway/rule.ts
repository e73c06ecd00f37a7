import { definePolicy, missingGateways, type TargetedNode } from 'meshwright/policy'

export default definePolicy({
  id: 'unknown-gateway',
  meta: { severity: 'error', recommended: true, description: 'Routes and policies name gateways that exist.' },
  messages: {
    unknown: 'route "{route}" is bound to gateway "{gateway}", which is not declared',
    target:
      '{kind} "{policy}" hangs on Gateway "{gateway}", which namespace "{namespace}" does not have: it holds nowhere',
  },
  help: 'declare the gateway, or correct the name (namespace/name)',
  create: ({ mesh }) => {
    const gateways = new Set(mesh.gateways.map(gateway => `${gateway.namespace}/${gateway.name}`))
    function* targets(policy: TargetedNode, kind: string) {
      const { name, namespace } = policy
      for (const { name: gateway, at } of missingGateways(policy, mesh)) {
        const help = 'declare the Gateway in the policy’s own namespace, or correct the name'
        yield { message: 'target', at: `${at}/name`, data: { kind, policy: name, gateway, namespace }, help }
      }
    }
    return {
      *routing(routing) {
        for (const { gateway, at } of routing.gateways) {
          if (gateway !== 'mesh' && !gateways.has(gateway))
            yield { message: 'unknown', at, data: { route: routing.name, gateway } }
        }
      },
      accessPolicy: policy => targets(policy, 'AuthorizationPolicy'),
      tokenPolicy: policy => targets(policy, 'RequestAuthentication'),
      telemetry: policy => targets(policy, 'Telemetry'),
    }
  },
})
