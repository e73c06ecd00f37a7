import { otherwise, route, service, traffic } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

traffic(reviews, { loadBalancer: 'ROUND_ROBIN' })
traffic(reviews.v1, { loadBalancer: { cookie: 'user', ttl: '1h' } })
traffic(reviews.v2, { loadBalancer: { header: 'x-user' } })

// Hashing needs its key on the route.
export const sticky = route(reviews, [otherwise.split({ v1: 50, v2: 50 })])
