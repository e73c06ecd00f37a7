import { otherwise, route, service } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const failing = route(reviews, [otherwise.to(reviews).abort({ grpc: 'UNAVAILABLE' }, { percent: 10 })])
