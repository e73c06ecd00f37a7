/** What limits.test.ts asks real Envoys about: each service has a port of its own, and limits of its own. */
import { expose, gateway, limit, processing, quota, service } from 'meshwright'

const versions = { v1: {} }

export const limiter = service('limiter', { port: 7001, protocol: 'GRPC' })
export const scrubber = service('scrubber', { port: 7002, protocol: 'GRPC' })
/** Nobody listens. */
export const absent = service('absent', { port: 7003, protocol: 'GRPC' })

export const plain = service('plain', { port: 8001, versions })
export const rule1 = limit(plain, { requests: 2, per: '1h' })

export const picky = service('picky', { port: 8002, versions })
export const rule2 = limit(picky, {
  requests: 1,
  per: '1h',
  paths: ['/a', '/b/*'],
  methods: ['GET'],
  headers: { 'x-plan': ['free', 'try.it'] },
})
export const rule3 = limit(picky, { requests: 1, per: '1h', hosts: ['*.slow.example'], status: 503 })

export const burst = service('burst', { port: 8003, versions })
export const rule4 = limit(burst, { requests: 1, per: '1h', burst: 3 })

export const tried = service('tried', { port: 8004, versions })
export const rule5 = limit(tried, { requests: 1, per: '1h', trial: true })

export const two = service('two', { port: 8005, versions: { v1: {}, v2: {} } })
export const rule6 = limit(two.v2, { requests: 1, per: '1h' })

export const shared = service('shared', { port: 8006, versions })
export const rule7 = quota(shared, {
  by: limiter,
  domain: 'shop',
  timeout: '5s',
  counts: [{ user: { header: 'x-user' } }, { tier: 'paid', path: { header: 'x-path' } }],
})

export const strict = service('strict', { port: 8007, versions })
export const rule8 = quota(strict, { by: absent, onFailure: 'refuse' })

export const lax = service('lax', { port: 8008, versions })
export const rule9 = quota(lax, { by: absent })

export const scrubbed = service('scrubbed', { port: 8009, versions })
export const rule10 = processing(scrubbed, { by: scrubber, response: 'headers', timeout: '5s' })

export const unheard = service('unheard', { port: 8010, versions })
export const rule11 = processing(unheard, { by: absent })

export const ignored = service('ignored', { port: 8011, versions })
export const rule12 = processing(ignored, { by: absent, onFailure: 'allow' })

export const front = gateway('front', { port: 8080 })
export const open = expose(plain, { on: front })
export const rule13 = limit(front, { requests: 2, per: '1h', hosts: ['limited.example'] })
export const rule14 = quota(front, {
  by: limiter,
  domain: 'edge',
  timeout: '5s',
  counts: [{ visitor: { header: 'x-visitor' } }],
})
