import { otherwise, path, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const moved = route(reviews, [
  when(path('/old/*')).or(path('/older/*')).redirect({ prefix: '/new/', code: 308 }),
  when(path('/secure/*')).redirect({ scheme: 'https', port: 'from-scheme' }),
  when(path('/here/*')).redirect({ authority: 'reviews.example', port: 'from-request' }),
  otherwise.to(reviews),
])
