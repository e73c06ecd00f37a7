import { otherwise, route, service } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const edited = route(reviews, [
  otherwise
    .to(reviews)
    .requestHeaders({ set: { 'x-route': '100%%', host: 'reviews.example' }, add: { 'x-from': '%DOWNSTREAM_REMOTE_ADDRESS%' }, remove: ['x-secret'] })
    .responseHeaders({ set: { 'cache-control': 'no-store' }, remove: ['server'] }),
])
