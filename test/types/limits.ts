// Mistakes about limits and processors that TypeScript rejects; each stands above its good twin. Never run.
import { gateway, limit, processing, quota, service } from 'meshwright'

const web = service('web', { ports: { http: 80, admin: 90 }, versions: { v1: {} } })
const plain = service('plain', { port: 80, versions: { v1: {} } })
const limiter = service('limiter', { ports: { grpc: { port: 81, protocol: 'GRPC' }, http: 82 } })
const front = gateway('front', { port: 80 })

// A limit without a time.
// @ts-expect-error
limit(web, { requests: 5 })
limit(web, { requests: 5, per: '1m' })

// A time that is none.
// @ts-expect-error
limit(web.v1, { requests: 5, per: 'minute' })
limit(web.v1, { requests: 5, per: '1m' })

// A port that the service lacks.
// @ts-expect-error
limit(web, { requests: 5, per: '1s', ports: ['metrics'] })
limit(web, { requests: 5, per: '1s', ports: ['admin'] })

// One of one port.
// @ts-expect-error
limit(plain, { requests: 5, per: '1s', ports: ['http'] })
limit(plain, { requests: 5, per: '1s' })

// A method that there is not.
// @ts-expect-error
limit(front, { requests: 5, per: '1s', methods: ['FETCH'] })
limit(front, { requests: 5, per: '1s', methods: ['GET'] })

// A service by its name.
// @ts-expect-error
quota(web, { by: 'limiter' })
quota(web, { by: limiter, port: 'grpc' })

// A port that whoever is asked lacks.
// @ts-expect-error
quota(front, { by: limiter, port: 'admin' })
quota(front, { by: limiter, port: 'http' })

// Counted by something else.
// @ts-expect-error
quota(front, { by: limiter, counts: [{ user: { cookie: 'user' } }] })
quota(front, { by: limiter, counts: [{ user: { header: 'x-user' }, tier: 'edge' }] })

// A part of a message that there is not.
// @ts-expect-error
processing(web, { by: limiter, request: 'trailers' })
processing(web, { by: limiter, request: 'body' })
