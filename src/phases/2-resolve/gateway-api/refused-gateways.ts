/** What GatewayClasses and Gateways of ours ask for and can't have: then none of a Gateway's listeners is served. */
import { at } from '../../../kinds/definition.ts'
import type { Gateway as ApiGateway } from '../../../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../../../kinds/gateway-api/gateway-class.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { At } from '../../../model/node.ts'
import type { Condition, Standing } from '../../../model/standing.ts'

/** Who serves Gateways here, as classes name it. */
export const controllerName = 'meshwright.dev/gateway-controller'

/** Types of addresses that a Gateway can be asked to have; others are of implementations that assign some. */
const addressTypes: ReadonlySet<string> = new Set(['IPAddress', 'Hostname'])

/** Of each class of ours, whether its Gateways are served. */
export function classStandings(classes: readonly GatewayClass[]): Standing[] {
  return classes.flatMap((item): Standing[] => {
    if (item.spec.controllerName !== controllerName) return []
    const resource = item as unknown as Resource
    const accepted: Condition = { type: 'Accepted', status: 'True', reason: 'Accepted', at: at(resource) }
    const conditions = [refusedClass(item) ?? accepted]
    return [
      { kind: 'GatewayClass', name: item.metadata.name, namespace: '', at: at(resource), isOurs: true, conditions },
    ]
  })
}

/** The specification has classes and Gateways refused whose parameters nobody knows; Meshwright has none at all. */
function refusedClass(item: GatewayClass): Condition | undefined {
  const { parametersRef } = item.spec
  if (parametersRef === undefined) return undefined
  const place = at(item as unknown as Resource, '/spec/parametersRef')
  return refused('InvalidParameters', unknownParameters(parametersRef), place)
}

/** Why a Gateway of ours is not accepted, whatever its listeners are; undefined: nothing is in the way. */
export function refusedGateway(gateway: ApiGateway, classes: readonly GatewayClass[]): Condition | undefined {
  const { gatewayClassName, infrastructure, addresses = [] } = gateway.spec
  const placeOf = (pointer: string) => at(gateway as unknown as Resource, pointer)
  const own = classes.find(({ metadata }) => metadata.name === gatewayClassName)
  if (own !== undefined && refusedClass(own) !== undefined) {
    const message = `GatewayClass "${gatewayClassName}" is not accepted, for it has a parametersRef`
    return refused('InvalidParameters', message, placeOf('/spec/gatewayClassName'))
  }
  const { parametersRef } = infrastructure ?? {}
  if (parametersRef !== undefined)
    return refused('InvalidParameters', unknownParameters(parametersRef), placeOf('/spec/infrastructure/parametersRef'))
  const index = addresses.findIndex(({ type = 'IPAddress' }) => !addressTypes.has(type))
  if (index < 0) return undefined
  const { type, value } = addresses[index]!
  const what = value === undefined ? 'an address' : `the address "${value}"`
  const message = `${what} is of the type ${type}, of which none is assigned here`
  return refused('UnsupportedAddress', message, placeOf(`/spec/addresses/${index}/type`))
}

function unknownParameters({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `there are no parameters that ${kind} "${name}" could hold`
}

function refused(reason: string, message: string, place: At): Condition {
  return { type: 'Accepted', status: 'False', reason, message, at: place }
}
