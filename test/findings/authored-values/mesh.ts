import { gateway, header, otherwise, path, route, service, traffic, when } from 'meshwright'

export const reviews = service('reviews', { port: 70000, versions: { v1: { replicas: -1 }, v2: {} } })
export const other = service('other', { ports: { http: 80, Admin: 90 }, calls: [reviews] })

traffic(reviews.v1, { outliers: { maxEjected: 150, interval: '0s' } })

export const front = gateway('front', { port: 0, hosts: ['shop'] })

export const reviewsRoute = route(reviews, [
  when(path.matches('/(?=a)')).to(reviews.v1).timeout('0s'),
  when(header('end user').is('jason')).to(reviews.v2).delay('2s', { percent: 101 }).abort(700),
  when(path('/a')).redirect({ code: 308, authority: 'a\nb' }),
  when(path('/b')).respond(99),
  when(path('/c'))
    .to(reviews.v1)
    .requestHeaders({ set: { ':path': '/x', 'x-share': '50%' } }),
  otherwise.split({ v1: -10, v2: 110 }),
])
