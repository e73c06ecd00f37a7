// Limits and services that look at requests, in words: each stands for an EnvoyFilter, which is applied as any other.
import { expose, gateway, limit, processing, quota, service } from 'meshwright'

export const limiter = service('limiter', { port: 8081, protocol: 'GRPC' })
export const scrubber = service('scrubber', {
  ports: { web: 80, work: { port: 9002, protocol: 'GRPC' } },
  namespace: 'tools',
})
export const search = service('search', { ports: { http: 80, admin: 9000 }, versions: { v1: {}, v2: {} } })
export const front = gateway('front', { port: 8080 })
export const open = expose(search, { on: front })

export const all = limit(search, { requests: 100, per: '1m', ports: ['http'] })
export const slow = limit(search, {
  requests: 10,
  per: '1s',
  burst: 20,
  paths: ['/search', '/suggest/*'],
  methods: ['GET', 'POST'],
  hosts: ['*.shop.example'],
  headers: { 'x-plan': ['free', 'try.it'], 'x-user': '*' },
  status: 503,
})
export const second = limit(search.v2, { requests: 1, per: '500ms', trial: true, name: 'tried' })
export const fair = quota(front, {
  by: limiter,
  domain: 'shop',
  counts: [{ user: { header: 'x-user' } }, { tier: 'edge', path: { header: ':path' } }],
  timeout: '1s',
  onFailure: 'refuse',
})
export const together = quota(search.v1, { by: limiter })
export const scrubbed = processing(search, {
  by: scrubber,
  port: 'work',
  request: 'body',
  response: 'headers',
  timeout: '2s',
  onFailure: 'allow',
})
