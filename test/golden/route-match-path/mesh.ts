import { authority, method, otherwise, path, query, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const matched = route(reviews, [
  when(path('/static/*'), method('GET')).to(reviews.v1),
  when(path('/login')).to(reviews.v2),
  when(path.matches('/books/[0-9]+'), query('full').is('yes')).to(reviews.v2),
  when(authority().startsWith('old.')).to(reviews.v1),
  otherwise.to(reviews.v2),
])
