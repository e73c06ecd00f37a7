import { gateway, otherwise, route, service } from 'meshwright'

// Each stands for five resources or more, and is declared twice once.
export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const again = service('reviews', { port: 9081, versions: { v1: {} } })
export const third = service('reviews', { port: 9082 })
export const ratings = service('ratings', { port: 9080, versions: { v1: {} } })
export const front = gateway('front', { port: 8080, hosts: ['shop.example'] })
export const toRatings = route(ratings, [otherwise.to(ratings.v1).timeout('1s')])

// The same namespace may be named by many.
export const details = ['details', 'stock'].map(name => service(name, { port: 80, namespace: 'shop' }))
