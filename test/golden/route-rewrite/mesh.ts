import { otherwise, path, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const rewritten = route(reviews, [
  when(path('/api/*')).to(reviews).rewrite({ path: '/' }),
  when(path('/old')).to(reviews).rewrite({ path: '/new', authority: 'reviews.example' }),
  otherwise.to(reviews).rewrite({ regex: { match: '^/v([0-9]+)/(.*)$', to: '/\\2?v=\\1' } }),
])
