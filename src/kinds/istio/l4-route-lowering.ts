import type * as model from '../../model/l4-route.ts'
import type * as api from './virtual-service.ts'
import { type LoweringScope, lowerDestination, qualifyGateway } from './virtual-service-lowering.ts'

/** Rules for connections: a VirtualService's `tls` or `tcp`. */
export function lowerL4Rules(
  rules: readonly (api.TLSRoute | api.TCPRoute)[] | undefined,
  scope: LoweringScope,
  pointer: string,
): model.L4Rule[] {
  return (rules ?? []).map((rule, index) => {
    const place = `${pointer}/${index}`
    const routes = rule.route ?? []
    return {
      matches: (rule.match ?? []).map((match, at) => lowerMatch(match, scope, `${place}/match/${at}`)),
      destinations: routes.map((route, at) => ({
        ...lowerDestination(route.destination, scope, `${place}/route/${at}`),
        weight: routes.length === 1 ? 100 : (route.weight ?? 0),
      })),
      at: scope.at(place),
    }
  })
}

function lowerMatch(
  match: Partial<api.TLSMatchAttributes> & api.L4MatchAttributes,
  { namespace, at }: LoweringScope,
  pointer: string,
): model.L4Match {
  const { port, sourceNamespace, sourceSubnet, gateways } = match
  return {
    serverNames: match.sniHosts ?? [],
    destinationSubnets: match.destinationSubnets ?? [],
    ...(sourceSubnet === undefined ? {} : { sourceSubnet }),
    ...(port === undefined ? {} : { port }),
    sourceLabels: match.sourceLabels ?? {},
    ...(sourceNamespace === undefined ? {} : { sourceNamespace }),
    ...(gateways === undefined || gateways.length === 0
      ? {}
      : { gateways: gateways.map(gateway => qualifyGateway(gateway, namespace)) }),
    at: at(pointer),
  }
}
