import { otherwise, path, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const matched = route(reviews, [
  when(path('/Books/*', { ignoreCase: true })).to(reviews.v1),
  when(path('/Cart', { ignoreCase: false })).to(reviews.v1),
  otherwise.to(reviews.v2),
])
