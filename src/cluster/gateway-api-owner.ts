/** Whose objects of the Gateway API are ours to judge: other controllers know fields and values of their own. */
import type { Gateway } from '../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../kinds/gateway-api/gateway-class.ts'
import { gatewayApiGroup } from '../kinds/index.ts'
import { standingKey } from '../model/standing.ts'
import { isServed } from '../phases/2-resolve/gateway-api/listeners.ts'
import { isObject } from '../util/is-object.ts'
import type { ApiObject } from './reflector.ts'

export function isGatewayApi({ apiVersion = '' }: Pick<ApiObject, 'apiVersion'>): boolean {
  return apiVersion.startsWith(`${gatewayApiGroup}/`)
}

/** Names an object as `standingKey` does what becomes of it. */
export function objectKey({ kind = '', metadata: { namespace = '', name } }: ApiObject): string {
  return standingKey({ kind, namespace, name })
}

/** What concerns us. */
export interface Ours {
  /** Is it a Gateway of a class of ours, a ListenerSet for one, a route with a parent of ours, or for all, as classes and grants are? */
  readonly has: (object: ApiObject) => boolean
  /** Which of a route's `parentRefs` are ours, from 0: Gateways of a class of ours, ListenerSets for these, and Services. */
  readonly parentsOf: (route: ApiObject) => readonly number[]
}

function isDefault({ spec }: ApiObject): boolean {
  return isObject(spec) && spec['defaultScope'] === 'All'
}

function takesDefaults({ spec }: ApiObject): boolean {
  return isObject(spec) && spec['useDefaultGateways'] === 'All'
}

/** As objects write it. */
interface Reference {
  readonly group?: unknown
  readonly kind?: unknown
  readonly name?: unknown
  readonly namespace?: unknown
}

/** @param known what is there; of a Gateway that is not there yet nobody knows whose it will be */
export function oursAmong(known: readonly ApiObject[]): Ours {
  const specified = known.filter(object => isGatewayApi(object) && isObject(object['spec']))
  const classes = specified.filter(({ kind }) => kind === 'GatewayClass') as unknown as readonly GatewayClass[]
  const isOurs = (gateway: ApiObject) =>
    isObject(gateway['spec']) && isServed(gateway as unknown as Pick<Gateway, 'spec'>, classes)
  const gateways = new Set(
    specified
      .filter(object => object.kind === 'Gateway' && isOurs(object))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  )
  const isGateway = ({ group = gatewayApiGroup, kind = 'Gateway' }: Reference) =>
    group === gatewayApiGroup && kind === 'Gateway'
  const addsToOurs = ({ metadata, spec }: ApiObject) => {
    const ref = isObject(spec) && isObject(spec['parentRef']) ? (spec['parentRef'] as Reference) : {}
    return isGateway(ref) && gateways.has(`${ref.namespace ?? metadata.namespace}/${ref.name}`)
  }
  const hasDefault = specified.some(object => object.kind === 'Gateway' && isDefault(object) && isOurs(object))
  const sets = new Set(
    specified
      .filter(object => object.kind === 'ListenerSet' && addsToOurs(object))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  )
  const parentsOf = ({ metadata, spec }: ApiObject) => {
    const refs = isObject(spec) && Array.isArray(spec['parentRefs']) ? spec['parentRefs'].filter(isObject) : []
    return refs.flatMap(
      ({ group = gatewayApiGroup, kind = 'Gateway', name, namespace = metadata.namespace }, index) => {
        const isService = group === '' && kind === 'Service'
        const isSet = group === gatewayApiGroup && kind === 'ListenerSet' && sets.has(`${namespace}/${name}`)
        const isOfGateway = isGateway({ group, kind }) && gateways.has(`${namespace}/${name}`)
        return isService || isSet || isOfGateway ? [index] : []
      },
    )
  }
  const has = (object: ApiObject) => {
    if (object.kind === 'Gateway') return isOurs(object)
    if (object.kind === 'ListenerSet') return addsToOurs(object)
    if (object.kind?.endsWith('Route') !== true) return true
    return parentsOf(object).length > 0 || (hasDefault && takesDefaults(object))
  }
  return { has, parentsOf }
}
