import { otherwise, path, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const answered = route(reviews, [
  when(path('/health')).respond(200, 'fine').responseHeaders({ set: { 'x-from': 'mesh' } }),
  otherwise.respond(404),
])
