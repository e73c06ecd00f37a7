import { otherwise, route, service } from 'meshwright'

export const web = service('web', { port: 80, versions: { v1: {} } })
export const all = route(web, [otherwise.to(web.v9)])
