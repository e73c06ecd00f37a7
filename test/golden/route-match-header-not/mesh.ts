import { header, otherwise, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const matched = route(reviews, [
  when(header('user-agent').doesNotStartWith('curl/')).to(reviews.v1),
  when(header('x-id').doesNotMatch('[0-9]+')).to(reviews.v1),
  otherwise.to(reviews.v2),
])
