import { otherwise, route, service, workload } from 'meshwright'

const web = service('web', { port: 8080, versions: { v1: workload({ command: ['node', 'web.ts'] }) } })
export const split = route(web, [otherwise.split({ v1: 90, v2: 10 })])
