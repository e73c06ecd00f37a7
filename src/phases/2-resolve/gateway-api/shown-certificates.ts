/** The certificate that a Gateway shows to backends: whether it may, and which destinations of its routes it is for. */

import { at } from '../../../kinds/definition.ts'
import type { Gateway as ApiGateway } from '../../../kinds/gateway-api/gateway.ts'
import { gatewayApiGroup } from '../../../kinds/index.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { NamedSecret } from '../../../model/gateway.ts'
import { allDestinations, type Destination, type HttpRouting, type HttpRule } from '../../../model/http-route.ts'
import type { Condition } from '../../../model/standing.ts'
import { kindName } from '../../../util/kind-name.ts'
import { isGranted } from './grants.ts'
import type { ApiResources } from './resources.ts'

/** Undefined where none is named, or it may not be. */
export function shownBy(gateway: ApiGateway, resources: ApiResources): NamedSecret | undefined {
  const found = shownOf(gateway, resources)
  return found !== undefined && 'secret' in found ? found.secret : undefined
}

/** What becomes of all that a Gateway names: of its own, and else of what its listeners name. */
export function gatewayReferences(
  gateway: ApiGateway,
  resources: ApiResources,
  listeners: readonly { readonly conditions: readonly Condition[] }[],
): Condition[] {
  const found = shownOf(gateway, resources)
  const place = at(gateway as unknown as Resource, found === undefined ? '/spec/listeners' : pointer)
  const type = 'ResolvedRefs'
  if (found !== undefined && 'problem' in found) return [{ type, status: 'False', ...found.problem, at: place }]
  const isUnresolved = (condition: Condition) => condition.type === type && condition.status === 'False'
  const isAny = listeners.some(({ conditions }) => conditions.some(isUnresolved))
  return [
    isAny
      ? { type, status: 'False', reason: 'ListenersNotResolved', at: place }
      : { type, status: 'True', reason: 'ResolvedRefs', at: place },
  ]
}

const pointer = '/spec/tls/backend/clientCertificateRef'

type Found =
  | { readonly secret: NamedSecret }
  | { readonly problem: { readonly reason: string; readonly message: string } }

function shownOf(gateway: ApiGateway, { grants }: ApiResources): Found | undefined {
  const ref = gateway.spec.tls?.backend?.clientCertificateRef
  if (ref === undefined) return undefined
  const own = gateway.metadata.namespace ?? ''
  const { group = '', kind = 'Secret', name, namespace = own } = ref
  if (group !== '' || kind !== 'Secret') {
    const message = `a certificate comes from a Secret, not from ${kindName({ group, kind })} "${name}"`
    return { problem: { reason: 'InvalidClientCertificateRef', message } }
  }
  const from = { group: gatewayApiGroup, kind: 'Gateway', namespace: own }
  if (!isGranted({ from, to: { group, kind, namespace, name } }, grants)) {
    const message = `no ReferenceGrant in namespace "${namespace}" lets Gateways of "${own}" name Secret "${name}"`
    return { problem: { reason: 'RefNotPermitted', message } }
  }
  return { secret: { name, namespace, at: at(gateway as unknown as Resource, pointer) } }
}

/** Shown is a certificate where TLS is spoken: to Services that policies are about. */
export function showing<Each extends Destination>(
  destination: Each,
  secret: NamedSecret | undefined,
  securedHosts: ReadonlySet<string>,
): Each {
  return secret === undefined || !securedHosts.has(destination.host) ? destination : { ...destination, shows: secret }
}

/** The same of all that a rule names, those that are asked, too. */
export function ruleShowing(
  rule: HttpRule,
  secret: NamedSecret | undefined,
  securedHosts: ReadonlySet<string>,
): HttpRule {
  if (secret === undefined) return rule
  const shown = <Each extends Destination>(each: Each) => showing(each, secret, securedHosts)
  const asking = <Each extends Pick<Destination, 'authorizers'> | HttpRule>(each: Each): Each =>
    each.authorizers === undefined
      ? each
      : {
          ...each,
          authorizers: each.authorizers.map(authorizer => {
            const destination = shown(authorizer.destination)
            if (destination === authorizer.destination) return authorizer
            return { ...authorizer, name: `${authorizer.name}-${secret.namespace}-${secret.name}`, destination }
          }),
        }
  const { action } = rule
  return asking({
    ...rule,
    action:
      action.kind === 'forward'
        ? { ...action, destinations: action.destinations.map(each => asking(shown(each))) }
        : action,
    mirrors: rule.mirrors.map(mirror => ({ ...mirror, destination: shown(mirror.destination) })),
  })
}

/** By host of a Service: the certificates that it is shown, once each. */
export function shownTo(routings: readonly HttpRouting[]): ReadonlyMap<string, readonly NamedSecret[]> {
  const shown = new Map<string, Map<string, NamedSecret>>()
  for (const { host, shows } of routings.flatMap(allDestinations)) {
    if (shows === undefined) continue
    const known = shown.get(host) ?? new Map<string, NamedSecret>()
    shown.set(
      host,
      known.set(`${shows.namespace}/${shows.name}`, known.get(`${shows.namespace}/${shows.name}`) ?? shows),
    )
  }
  return new Map([...shown].map(([host, secrets]) => [host, [...secrets].sort(byKey).map(([, secret]) => secret)]))
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
