import { otherwise, route, service } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const mirrored = route(reviews, [otherwise.to(reviews.v1).mirror(reviews.v2, { percent: 12.5 })])
