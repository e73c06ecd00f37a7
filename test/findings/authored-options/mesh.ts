// Options whose field is called otherwise in Istio: findings say and mark what stands here.
import { gateway, otherwise, path, route, service, traffic, when } from 'meshwright'

const pool = { maxPending: -1, idleTimeout: '0s' } as const
export const reviews = service('reviews', {
  port: 9080,
  versions: { v1: { labels: { team: 'a b' } }, v2: {}, v3: { traffic: { connections: pool } } },
  traffic: { loadBalancer: { cookie: 'a b', ttl: '1s' }, connections: { max: -1, connectTimeout: '0s' } },
})

traffic(reviews.v1, { outliers: { ejectFor: '0s', maxEjected: 101 } })
traffic(reviews.v2, {
  loadBalancer: { header: 'x y' },
})
traffic(reviews, {})

export const front = gateway('front', {
  port: 8443,
  tls: { certificate: '', key: '', clientCa: '' },
  servers: [
    { port: 8443, protocol: 'TCP' },
    { port: 70000, protocol: 'HTTP', tls: { certificate: 'a.pem', key: 'a.pem' } },
  ],
})

export const reviewsRoute = route(reviews, [
  when(path('/a')).redirect({ prefix: '/b' }),
  when(path('/c')).redirect({ path: '/%', code: 301 }),
  when(path('/d')).to(reviews.v1).retry({ attempts: -1, perTry: '0s', backoff: '0s' }),
  when(path('/e'))
    .to(reviews.v1)
    .retry({ attempts: 1, on: ['700'] })
    .abort(503, { percent: 0 }),
  when(path('/f'))
    .to(reviews.v1)
    .rewrite({ regex: { match: '(', to: '%' } }),
  when(path('/g')).to(reviews.v1).rewrite({}).mirror(reviews.v2, { percent: 101 }),
  otherwise
    .to(reviews.v1)
    .cors({ origins: ['*', { prefix: '' }], methods: ['LOOK'], headers: ['a b'], expose: ['c d'], maxAge: '1ms' }),
])
