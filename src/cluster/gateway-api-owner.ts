/** Whose objects of the Gateway API are ours to judge: other controllers know fields and values of their own. */
import type { Gateway } from '../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../kinds/gateway-api/gateway-class.ts'
import { gatewayApiGroup } from '../kinds/index.ts'
import { isServed } from '../phases/2-resolve/gateway-api/listeners.ts'
import { isObject } from '../util/is-object.ts'
import type { ApiObject } from './reflector.ts'

export function isGatewayApi({ apiVersion = '' }: Pick<ApiObject, 'apiVersion'>): boolean {
  return apiVersion.startsWith(`${gatewayApiGroup}/`)
}

/**
 * Tells of objects of the Gateway API whether they concern us: a Gateway of a class of ours, a route with a parent that is one, or
 * that is a Service, and what is for all: classes and grants.
 *
 * @param known what is there; of a Gateway that is not there yet nobody knows whose it will be
 */
export function concernsUs(known: readonly ApiObject[]): (object: ApiObject) => boolean {
  const specified = known.filter(object => isGatewayApi(object) && isObject(object['spec']))
  const classes = specified.filter(({ kind }) => kind === 'GatewayClass') as unknown as readonly GatewayClass[]
  const isOurs = (gateway: ApiObject) =>
    isObject(gateway['spec']) && isServed(gateway as unknown as Pick<Gateway, 'spec'>, classes)
  const ours = new Set(
    specified
      .filter(object => object.kind === 'Gateway' && isOurs(object))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  )
  return object => {
    const { kind = '', metadata, spec } = object
    if (kind === 'Gateway') return isOurs(object)
    if (!kind.endsWith('Route')) return true
    const refs = isObject(spec) && Array.isArray(spec['parentRefs']) ? spec['parentRefs'].filter(isObject) : []
    return refs.some(({ group = gatewayApiGroup, kind: of = 'Gateway', name, namespace = metadata.namespace }) => {
      if (group === '') return of === 'Service'
      return group === gatewayApiGroup && of === 'Gateway' && ours.has(`${namespace}/${name}`)
    })
  }
}
