import { header, otherwise, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const matched = route(reviews, [
  when(header('End-User').is('jason')).to(reviews.v2),
  when(header('x-beta').exists(), header('x-old').isAbsent()).or(header('x-beta').startsWith('on')).to(reviews.v2),
  when(header('x-id').matches('[0-9]+'), header('x-team').isNot('a')).to(reviews.v2),
  otherwise.to(reviews.v1),
])
