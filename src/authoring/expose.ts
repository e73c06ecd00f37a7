import { pathMatch } from './condition.ts'
import { declare } from './declaration.ts'
import type { Gateway } from './gateway.ts'
import { declaredValue, hostFor, metadata, stateOf } from './internals.ts'
import { gatewayName, type Route } from './route.ts'
import { portOf } from './rule.ts'
import type { AnyService } from './service.ts'
import { site, traced } from './trace.ts'

export interface ExposeOptions<Ports extends string = string> {
  /** Where clients come in. */
  readonly on: Gateway
  /** Paths that are served: exactly so, or with a final `*` all that begin so. Default: all. */
  readonly paths?: readonly string[]
  /** Hosts that clients name. Default: the gateway's. */
  readonly hosts?: readonly string[]
  /** One of the service's ports, by name, where it has several. Default: its first. */
  readonly port?: Ports
  /** Name of the VirtualService. Default: `<service>-<gateway>`. */
  readonly name?: string
}

/**
 * Makes a service reachable through a gateway. Stands for an Istio VirtualService that is bound to the gateway.
 *
 * @example
 * export const front = expose(productpage, { on: gateway('shop', { port: 8080 }), paths: ['/', '/static/*'] })
 */
export function expose<Ports extends string>(
  service: AnyService<Ports>,
  options: ExposeOptions<NoInfer<Ports>>,
): Route {
  const at = site()
  const target = stateOf(service)
  const gateway = stateOf(options.on)
  const name = options.name ?? `${target.name}-${gateway.name}`
  const port = portOf(target, options.port)
  const { namespace } = target
  const resource = traced(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: metadata(traced(name, at, ...(options.name === undefined ? [] : [1, 'name'])), namespace),
      spec: {
        hosts:
          options.hosts === undefined
            ? gateway.hosts.map(host => traced(host, at, 1, 'on'))
            : options.hosts.map((host, index) => traced(host, at, 1, 'hosts', index)),
        gateways: [traced(gatewayName(gateway, namespace), at, 1, 'on')],
        http: [
          {
            match: options.paths?.map((pattern, index) => traced({ uri: pathMatch(pattern) }, at, 1, 'paths', index)),
            route: [
              traced(
                {
                  destination: {
                    host: hostFor(target, namespace),
                    port: port === undefined ? undefined : traced(port, at, 1, 'port'),
                  },
                },
                at,
                0,
              ),
            ],
          },
        ],
      },
    },
    at,
  )
  const declaration = declare({
    word: 'expose',
    name,
    site: at,
    uses: [target.declaration, gateway.declaration],
    build: () => [resource],
  })
  return declaredValue({ declaration }) as Route
}
