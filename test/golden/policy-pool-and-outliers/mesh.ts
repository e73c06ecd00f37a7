import { service, traffic } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

traffic(reviews, {
  connections: { max: 100, connectTimeout: '1s', maxPending: 10, maxRequests: 50, maxRequestsPerConnection: 5, maxRetries: 3, idleTimeout: '30s' },
  outliers: { consecutive5xx: 3, consecutiveGatewayErrors: 2, interval: '5s', ejectFor: '1m', maxEjected: 50 },
})
