// What Envoy would refuse of limits is said where it stands.
import { limit, quota, service } from 'meshwright'

export const limiter = service('limiter', { port: 81, protocol: 'GRPC' })
export const web = service('web', { port: 80, versions: { v1: {} } })
export const none = limit(web, { requests: 0, per: '1ms', burst: 1.5, status: 200, headers: { 'a b': 'c' } })
export const nothing = quota(web, { by: limiter, counts: [{}, { user: { header: 'x y' }, tier: '' }] })
