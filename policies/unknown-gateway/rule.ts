import { definePolicy, type Gateway, missingGateways, nearestWord, type TargetedNode } from 'meshwright/policy'

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
    const meantTarget = (name: string, namespace: string) => {
      const own = (mesh.standings ?? []).filter(each => each.kind === 'Gateway' && each.namespace === namespace)
      const near = nearestWord(name, new Set(own.map(each => each.name)))
      return near === undefined ? undefined : `did you mean "${near}"?`
    }
    function* targets(policy: TargetedNode, kind: string) {
      const { name, namespace } = policy
      for (const { name: gateway, at } of missingGateways(policy, mesh)) {
        const help =
          meantTarget(gateway, namespace) ?? 'declare the Gateway in the policy’s own namespace, or correct the name'
        yield { message: 'target', at: `${at}/name`, data: { kind, policy: name, gateway, namespace }, help }
      }
    }
    return {
      *routing(routing) {
        for (const { gateway, at } of routing.gateways) {
          if (gateway !== 'mesh' && !gateways.has(gateway))
            yield { message: 'unknown', at, data: { route: routing.name, gateway }, ...meant(gateway, mesh.gateways) }
        }
      },
      *mesh() {
        for (const policy of mesh.proxyExtensions) yield* targets(policy, policy.at.slice(0, policy.at.indexOf('/')))
      },
      accessPolicy: policy => targets(policy, 'AuthorizationPolicy'),
      tokenPolicy: policy => targets(policy, 'RequestAuthentication'),
      telemetry: policy => targets(policy, 'Telemetry'),
    }
  },
})

/** One of that name elsewhere, or else one of nearly that name: beside the route, or anywhere. */
function meant(gateway: string, gateways: readonly Gateway[]): { readonly help?: string } {
  const [namespace, name = ''] = gateway.split('/')
  // Routes of Istio know nothing of listeners of the Gateway API.
  const known = gateways.filter(({ apiGateway }) => apiGateway === undefined)
  const elsewhere = known.filter(each => each.name === name).map(each => `${each.namespace}/${name}`)
  if (elsewhere.length > 0) return { help: `write ${elsewhere.sort().join(' or ')}` }
  const near = [known.filter(each => each.namespace === namespace), known].flatMap(each => {
    const nearest = nearestWord(name, new Set(each.map(other => other.name)))
    return each.find(other => other.name === nearest) ?? []
  })[0]
  return near === undefined ? {} : { help: `did you mean "${near.namespace}/${near.name}"?` }
}
