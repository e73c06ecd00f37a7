/** Faults on purpose, time limits, second tries and endpoints that fail. */
import type { Row } from './row.ts'

const v1 = [{ destination: { host: 'HOST', subset: 'v1' } }]
const all = [{ destination: { host: 'HOST' } }]
const quick = { perTryTimeout: '1s', backoff: '1ms' }

export const failureRows: readonly Row[] = [
  {
    does: 'aborts requests with a status',
    http: [{ fault: { abort: { httpStatus: 555, percentage: { value: 100 } } }, route: v1 }],
    sees: { status: 555, attempts: 0, body: 'fault filter abort' },
  },
  {
    does: 'aborts a share of the requests',
    http: [{ fault: { abort: { httpStatus: 500, percentage: { value: 50 } } }, route: v1 }],
    ask: { times: 200 },
    // Six standard deviations (7 each) on either side.
    sees: { status: { 200: [58, 142], 500: [58, 142] } },
  },
  {
    does: 'aborts gRPC with its own status',
    protocol: 'grpc',
    http: [{ fault: { abort: { grpcStatus: 'UNAVAILABLE', percentage: { value: 100 } } }, route: v1 }],
    ask: { method: 'POST', headers: { 'content-type': 'application/grpc' } },
    sees: { headers: { 'grpc-status': '14' }, attempts: 0 },
  },
  {
    does: 'delays requests',
    http: [{ fault: { delay: { fixedDelay: '0.3s', percentage: { value: 100 } } }, route: v1 }],
    sees: { servers: 'v1', takes: [295, 3000] },
  },
  {
    does: 'delays and aborts',
    http: [
      {
        fault: {
          delay: { fixedDelay: '0.2s', percentage: { value: 100 } },
          abort: { httpStatus: 500, percentage: { value: 100 } },
        },
        route: v1,
      },
    ],
    sees: { status: 500, attempts: 0, takes: [195, 2500] },
  },
  {
    does: 'gives up after the time that a route has',
    http: [{ timeout: '0.2s', route: v1, retries: { attempts: 0 } }],
    ask: { headers: { 'x-wait': '5000' } },
    sees: { status: 504, body: 'upstream request timeout', takes: [195, 3000], attempts: 1 },
  },
  {
    does: 'gives up on a call of gRPC after the time that its caller has',
    http: [{ route: v1, retries: { attempts: 0 } }],
    ask: { headers: { 'content-type': 'application/grpc', 'grpc-timeout': '200m', 'x-wait': '5000' } },
    sees: {
      headers: { 'grpc-status': '14', 'grpc-message': 'upstream request timeout' },
      upstream: { headers: { 'x-envoy-expected-rq-timeout-ms': '200' } },
      takes: [195, 3000],
      attempts: 1,
    },
  },
  {
    does: 'gives up on a call of gRPC after the time that a route has, where its caller has more',
    http: [{ timeout: '0.2s', route: v1, retries: { attempts: 0 } }],
    ask: { headers: { 'content-type': 'application/grpc', 'grpc-timeout': '9S', 'x-wait': '5000' } },
    sees: {
      headers: { 'grpc-status': '14' },
      upstream: { headers: { 'grpc-timeout': '200m' } },
      takes: [195, 3000],
      attempts: 1,
    },
  },
  {
    does: 'waits as long as it takes where no time is said',
    http: [{ route: v1 }],
    ask: { headers: { 'x-wait': '800' } },
    sees: { servers: 'v1', takes: [795, 8000] },
  },
  {
    does: 'tries again what failed, so often and no more',
    http: [{ retries: { attempts: 3, retryOn: '5xx', ...quick }, route: v1 }],
    ask: { headers: { 'x-fail': '99', 'x-fail-status': '500' } },
    sees: { status: 500, attempts: 4 },
  },
  {
    does: 'tries again until it succeeds',
    http: [{ retries: { attempts: 3, retryOn: '5xx', ...quick }, route: v1 }],
    ask: { headers: { 'x-fail': '2' } },
    sees: { attempts: 3, servers: 'v1' },
  },
  {
    does: 'tries again for a status by its number',
    http: [{ retries: { attempts: 1, retryOn: '418', ...quick }, route: v1 }],
    ask: { headers: { 'x-fail': '1', 'x-fail-status': '418' } },
    sees: { attempts: 2 },
  },
  {
    does: 'tries nothing again that no condition is for',
    http: [{ retries: { attempts: 3, retryOn: 'gateway-error', ...quick }, route: v1 }],
    ask: { headers: { 'x-fail': '1', 'x-fail-status': '500' } },
    sees: { status: 500, attempts: 1 },
  },
  {
    does: 'tries again where the connection broke',
    http: [{ retries: { attempts: 2, retryOn: 'reset', ...quick }, route: v1 }],
    ask: { headers: { 'x-fail': '1', 'x-reset': '1' } },
    sees: { attempts: 2 },
  },
  {
    does: 'tries again when one try takes too long',
    http: [{ retries: { attempts: 2, retryOn: '5xx', perTryTimeout: '0.1s', backoff: '1ms' }, route: v1 }],
    ask: { headers: { 'x-wait': '1500' } },
    sees: { status: 504, attempts: 3, takes: [295, 3000] },
  },
  {
    does: 'asks another endpoint when it tries again',
    http: [{ retries: { attempts: 5, retryOn: '5xx', ...quick }, route: all }],
    ask: { headers: { 'x-fail-at': 'v1' }, times: 30 },
    sees: { attempts: [30, 60] },
  },
  {
    does: 'tries nothing again where it is told not to',
    http: [{ retries: { attempts: 0 }, route: v1 }],
    ask: { headers: { 'x-fail': '1', 'x-reset': '1' } },
    sees: { status: 503, attempts: 1 },
  },
  {
    does: 'tells the application which try it is',
    http: [{ retries: { attempts: 0 }, route: v1 }],
    sees: { upstream: { headers: { 'x-envoy-attempt-count': '1' } } },
  },
  {
    does: 'leaves out an endpoint that fails',
    http: [{ retries: { attempts: 0 }, route: all }],
    policy: {
      loadBalancer: { simple: 'ROUND_ROBIN' },
      outlierDetection: {
        consecutive5xxErrors: 1,
        interval: '0.05s',
        baseEjectionTime: '60s',
        maxEjectionPercent: 100,
      },
    },
    ask: { headers: { 'x-fail-at': 'v2' }, times: 60 },
    sees: { status: { 200: [55, 59], 503: [1, 5] }, servers: { v1: [20, 59], v2: [1, 5], v3: [20, 59] } },
  },
  {
    does: 'leaves out an endpoint for a status that says so, and for no other',
    http: [{ retries: { attempts: 0 }, route: all }],
    policy: {
      loadBalancer: { simple: 'ROUND_ROBIN' },
      outlierDetection: {
        consecutive5xxErrors: 1,
        outlierDetectionHttpErrorCodes: [429],
        interval: '0.05s',
        baseEjectionTime: '60s',
        maxEjectionPercent: 100,
      },
    },
    ask: { headers: { 'x-fail-at': 'v2', 'x-fail-status': '429' }, times: 60 },
    sees: { status: { 200: [55, 59], 429: [1, 5] } },
  },
  {
    does: 'leaves no endpoint out where nothing is said of it',
    http: [{ retries: { attempts: 0 }, route: all }],
    policy: { loadBalancer: { simple: 'ROUND_ROBIN' } },
    ask: { headers: { 'x-fail-at': 'v2' }, times: 30 },
    sees: { status: { 200: [20, 20], 503: [10, 10] } },
  },
  {
    does: 'bounds second tries by the requests at once',
    http: [{ retries: { attempts: 9, retryOn: '5xx', ...quick }, route: v1 }],
    policy: { retryBudget: { percent: 100, minRetryConcurrency: 1 } },
    ask: { headers: { 'x-fail': '3' } },
    sees: { attempts: 4 },
  },
]
