/** Who gets a request: shares, copies, balancing, and what a caller sticks to. */
import type { Row, Version } from './row.ts'

const to = (subset: Version, weight?: number) => ({
  destination: { host: 'HOST', subset },
  ...(weight === undefined ? {} : { weight }),
})
const whoever = [{ route: [{ destination: { host: 'HOST' } }] }]
const sticky = (consistentHash: object): Pick<Row, 'http' | 'policy'> => ({
  http: whoever,
  policy: { loadBalancer: { consistentHash } },
})

export const spreadRows: readonly Row[] = [
  {
    does: 'shares requests out by weight',
    http: [{ route: [to('v1', 80), to('v2', 20)] }],
    ask: { times: 300 },
    // Six standard deviations (7 each) on either side.
    sees: { servers: { v1: [198, 282], v2: [18, 102] } },
  },
  {
    does: 'gives nothing to a weight of 0',
    http: [{ route: [to('v1', 0), to('v3', 100)] }],
    ask: { times: 20 },
    sees: { servers: 'v3' },
  },
  {
    does: 'takes weights as shares of their sum',
    http: [{ route: [to('v1', 1), to('v2', 1)] }],
    ask: { times: 200 },
    sees: { servers: { v1: [58, 142], v2: [58, 142] } },
  },
  {
    does: 'copies each request to somebody whose answer nobody waits for',
    http: [{ mirror: { host: 'HOST', subset: 'v3' }, mirrorPercentage: { value: 100 }, route: [to('v1')] }],
    ask: { times: 5 },
    sees: { attempts: 10, servers: { v1: [5, 5], v3: [5, 5] }, headers: { 'x-served-by': 'v1' } },
  },
  {
    does: 'copies to several at once',
    http: [
      {
        mirrors: [{ destination: { host: 'HOST', subset: 'v2' } }, { destination: { host: 'HOST', subset: 'v3' } }],
        route: [to('v1')],
      },
    ],
    ask: { times: 3 },
    sees: { attempts: 9, servers: { v1: [3, 3], v2: [3, 3], v3: [3, 3] } },
  },
  {
    does: 'copies a share of the requests',
    http: [{ mirror: { host: 'HOST', subset: 'v3' }, mirrorPercentage: { value: 50 }, route: [to('v1')] }],
    ask: { times: 200 },
    sees: { attempts: [258, 342], servers: { v1: [200, 200], v3: [58, 142] } },
  },
  {
    does: 'copies nothing at 0 %',
    http: [{ mirror: { host: 'HOST', subset: 'v3' }, mirrorPercentage: { value: 0 }, route: [to('v1')] }],
    ask: { times: 5 },
    sees: { servers: 'v1', attempts: 5 },
  },
  {
    does: 'asks all endpoints in turn',
    http: whoever,
    policy: { loadBalancer: { simple: 'ROUND_ROBIN' } },
    ask: { times: 30 },
    sees: { servers: { v1: [10, 10], v2: [10, 10], v3: [10, 10] } },
  },
  {
    does: 'asks endpoints at random',
    http: whoever,
    policy: { loadBalancer: { simple: 'RANDOM' } },
    ask: { times: 120 },
    sees: { servers: { v1: [10, 70], v2: [10, 70], v3: [10, 70] } },
  },
  {
    does: 'asks whom it asked least',
    http: whoever,
    policy: { loadBalancer: { simple: 'LEAST_REQUEST' } },
    ask: { times: 120 },
    sees: { servers: { v1: [10, 70], v2: [10, 70], v3: [10, 70] } },
  },
  {
    does: 'asks a version as its own policy says, and not as the host’s',
    http: [{ route: [to('v2')] }],
    policy: { loadBalancer: { simple: 'RANDOM' } },
    ask: { times: 5 },
    sees: { servers: 'v2' },
  },
  ...(['one', 'another'] as const).map(
    (user): Row => ({
      ...sticky({ httpHeaderName: 'x-user' }),
      does: `sticks to an endpoint by a header: ${user} user`,
      ask: { headers: { 'x-user': user }, times: 20 },
      sees: { isOneServer: true },
    }),
  ),
  {
    policy: { loadBalancer: { consistentHash: { httpHeaderName: 'x-user' } } },
    does: 'sticks to an endpoint where no VirtualService says where requests go',
    ask: { headers: { 'x-user': 'ann' }, times: 20 },
    sees: { isOneServer: true },
  },
  {
    ...sticky({ httpQueryParameterName: 'user' }),
    does: 'sticks to an endpoint by a query parameter',
    ask: { path: '/?user=ann', times: 20 },
    sees: { isOneServer: true },
  },
  {
    ...sticky({ httpCookie: { name: 'user', ttl: '0s' } }),
    does: 'sticks to an endpoint by a cookie that the client has',
    ask: { headers: { cookie: 'user=ann' }, times: 20 },
    sees: { isOneServer: true },
  },
  {
    ...sticky({ useSourceIp: true }),
    does: 'sticks to an endpoint by the client’s address',
    ask: { times: 20 },
    sees: { isOneServer: true },
  },
  {
    ...sticky({ httpHeaderName: 'x-user', maglev: {} }),
    does: 'sticks to an endpoint by a table of Maglev',
    ask: { headers: { 'x-user': 'ann' }, times: 20 },
    sees: { isOneServer: true },
  },
  {
    does: 'takes no more requests at once than it may',
    http: [{ retries: { attempts: 0 }, route: [to('v1')] }],
    policy: { connectionPool: { http: { http1MaxPendingRequests: 1 }, tcp: { maxConnections: 1 } } },
    ask: { times: 6, atOnce: true, headers: { 'x-wait': '500' } },
    sees: { status: { 200: [1, 3], 503: [3, 5] }, attempts: [1, 3] },
  },
  {
    does: 'opens another connection after so many requests',
    http: [{ route: [to('v1')] }],
    policy: { connectionPool: { http: { maxRequestsPerConnection: 1 } } },
    ask: { times: 4 },
    sees: { servers: 'v1', connections: 4 },
  },
  {
    does: 'keeps its connection where nothing is said',
    http: [{ route: [to('v1')] }],
    ask: { times: 4 },
    sees: { servers: 'v1', connections: 1 },
  },
]
