import { otherwise, route, service } from 'meshwright'

export const stock = service('stock', { port: 80, namespace: 'backend', versions: { v1: {} } })
export const web = service('web', { port: 80, namespace: 'shop', versions: { v1: {} }, calls: [stock] })
export const quick = route(stock, [otherwise.to(stock).timeout('1s')])
