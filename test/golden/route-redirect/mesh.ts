import { otherwise, path, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const redirected = route(reviews, [
  when(path('/old/*')).redirect({ path: '/new', code: 308 }),
  otherwise.redirect({ authority: 'reviews.example', scheme: 'https', port: 8443 }),
])
