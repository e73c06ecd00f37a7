import { declare } from './declaration.ts'
import {
  type Carries,
  declaredValue,
  type GatewayState,
  hostFor,
  metadata,
  type ServiceState,
  stateOf,
} from './internals.ts'
import { type Rule, type RuleState, ruleState } from './rule.ts'
import type { Service } from './service.ts'
import { site, traced } from './trace.ts'

export interface RouteOptions {
  /** Name of the VirtualService. Default: the service's name. */
  readonly name?: string
  /** Gateways at which the rules hold. Default: none; they hold for calls within the mesh. */
  readonly on?: Carries<GatewayState> | readonly Carries<GatewayState>[]
  /** Hosts that the rules are for. Default: the service's own name; with `on`, the gateways' hosts. */
  readonly hosts?: readonly string[]
}

/** A declared route: nothing refers to it, but it must be exported to be in the mesh. */
export interface Route {
  readonly [routeTag]: true
}
declare const routeTag: unique symbol

/**
 * Says where requests to a service go. The first rule that matches is applied; without `otherwise` at the end, what no
 * rule matches is answered with 404.
 *
 * Stands for an Istio VirtualService.
 *
 * @example
 * export const reviewsRoute = route(reviews, [
 *   when(header('end-user').is('jason')).to(reviews.v2),
 *   otherwise.split({ v1: 90, v3: 10 }).timeout('2s'),
 * ])
 */
export function route<Versions extends string>(
  service: Service<Versions, string>,
  rules: readonly Rule<NoInfer<Versions>>[],
  options: RouteOptions = {},
): Route {
  const at = site()
  const owner = stateOf(service)
  const gateways = (Array.isArray(options.on) ? options.on : options.on === undefined ? [] : [options.on]).map(
    stateOf<GatewayState>,
  )
  const states = rules.map(rule => rule[ruleState])
  const uses = [
    owner.declaration,
    ...gateways.map(gateway => gateway.declaration),
    ...states.flatMap(state => state.uses),
  ]
  const { namespace } = owner
  const hosts =
    options.hosts ??
    (gateways.length > 0 ? [...new Set(gateways.flatMap(gateway => gateway.hosts))] : [hostFor(owner, namespace)])
  const name = options.name ?? owner.name
  const resource = traced(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: metadata(traced(name, at, ...(options.name === undefined ? [0] : [2, 'name'])), namespace),
      spec: {
        hosts:
          options.hosts === undefined
            ? traced(hosts, at, 0)
            : hosts.map((host, index) => traced(host, at, 2, 'hosts', index)),
        gateways:
          gateways.length === 0
            ? undefined
            : gateways.map(gateway => traced(gatewayName(gateway, namespace), at, 2, 'on')),
        http: traced(
          states.map((state, index) => traced(httpRoute(state, owner, namespace), at, 1, index)),
          at,
          1,
        ),
      },
    },
    at,
  )
  const declaration = declare({ word: 'route', name, site: at, uses, build: () => [resource] })
  return declaredValue({ declaration }) as Route
}

/** A gateway as a VirtualService of `namespace` names it. */
export function gatewayName(gateway: GatewayState, namespace: string | undefined): string {
  return gateway.namespace === namespace || gateway.namespace === undefined
    ? gateway.name
    : `${gateway.namespace}/${gateway.name}`
}

function httpRoute(state: RuleState, owner: ServiceState, namespace: string | undefined): object {
  return {
    match: state.matches.length === 0 ? undefined : state.matches,
    route: state.destinations?.(owner, namespace),
    mirrors: state.mirrors.length === 0 ? undefined : state.mirrors.map(mirror => mirror(namespace)),
    ...state.fields,
  }
}
