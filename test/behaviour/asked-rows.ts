/** Services that HTTPRoutes and listeners ask whether a request may go on: the third version is asked, the first one has what goes on. */
import type { ApiRow } from './api-rows.ts'

export const guardedHost = 'guarded.example'

export function askedByHttp(http: object, more: object = {}) {
  return {
    type: 'ExternalAuth',
    externalAuth: { protocol: 'HTTP', backendRef: { name: 'v3', port: 80 }, http, ...more },
  }
}

function askedByGrpc(name: string, grpc: object = {}) {
  return { type: 'ExternalAuth', externalAuth: { protocol: 'GRPC', backendRef: { name, port: 80 }, grpc } }
}

const toV1 = { backendRefs: [{ name: 'v1', port: 80 }] }
/** What the one who is asked is told: which row it is, and that it is to refuse. */
const told = { allowedHeaders: ['x-row', 'x-fail', 'x-fail-status'] }
const refused = { 'x-fail': '1', 'x-fail-status': '401' }

export const askedRows: readonly ApiRow[] = [
  {
    does: 'asks a Service, and goes on',
    rules: [{ ...toV1, filters: [askedByHttp(told)] }],
    sees: { servers: { v1: [1, 1], v3: [1, 1] }, attempts: 2 },
  },
  {
    does: 'asks for the path behind another',
    rules: [{ filters: [askedByHttp({ ...told, path: '/ask' })], ...toV1 }],
    ask: { path: '/a', headers: refused },
    sees: { status: 401, servers: 'v3', upstream: { url: '/ask/a' } },
  },
  {
    does: 'refuses as the Service says',
    rules: [{ ...toV1, filters: [askedByHttp(told)] }],
    ask: { headers: refused },
    sees: { status: 401, headers: { 'x-served-by': 'v3' }, servers: 'v3', attempts: 1 },
  },
  {
    does: 'tells the Service no more than it is to be told',
    rules: [{ ...toV1, filters: [askedByHttp({ allowedHeaders: ['x-row'] })] }],
    ask: { headers: refused },
    sees: { servers: { v3: [1, 1], v1: [1, 1] }, attempts: 2 },
  },
  {
    does: 'tells the backend what the Service answered',
    rules: [{ ...toV1, filters: [askedByHttp({})] }],
    sees: {
      servers: 'v1',
      upstream: { headers: { 'x-served-by': 'v3', 'x-internal': 'secret', 'content-length': null, date: null } },
    },
  },
  {
    does: 'tells the backend some of what the Service answered',
    rules: [{ ...toV1, filters: [askedByHttp({ allowedResponseHeaders: ['X-Served-By'] })] }],
    sees: { servers: 'v1', upstream: { headers: { 'x-served-by': 'v3', 'x-internal': null } } },
  },
  {
    does: 'tells the Service the body',
    rules: [{ ...toV1, filters: [askedByHttp(told, { forwardBody: { maxSize: 4 } })] }],
    ask: { method: 'POST', body: '1234' },
    sees: { servers: { v1: [1, 1], v3: [1, 1] }, attempts: 2, upstream: { headers: { 'content-length': '4' } } },
  },
  {
    does: 'refuses a body that is too long to be told',
    rules: [{ ...toV1, filters: [askedByHttp(told, { forwardBody: { maxSize: 4 } })] }],
    ask: { method: 'POST', body: '12345' },
    sees: { status: 413, attempts: 0 },
  },
  {
    does: 'asks by gRPC, and goes on',
    rules: [{ ...toV1, filters: [askedByGrpc('doorman')] }],
    sees: { servers: 'v1' },
  },
  {
    does: 'refuses as is said by gRPC',
    rules: [{ ...toV1, filters: [askedByGrpc('doorman')] }],
    ask: { headers: { 'x-refuse': 'yes' } },
    sees: { status: 403, attempts: 0 },
  },
  {
    does: 'tells by gRPC no more than is to be told',
    rules: [{ ...toV1, filters: [askedByGrpc('doorman', { allowedHeaders: ['x-row'] })] }],
    ask: { headers: { 'x-refuse': 'yes' } },
    sees: { servers: 'v1' },
  },
  {
    does: 'refuses where nobody answers',
    rules: [{ ...toV1, filters: [askedByGrpc('v3')] }],
    sees: { status: 403, attempts: 0 },
  },
  {
    does: 'answers 500 where the Service is missing',
    rules: [{ ...toV1, filters: [askedByHttp({}, { backendRef: { name: 'missing', port: 80 } })] }],
    sees: { status: 500, attempts: 0 },
  },
  {
    does: 'asks before it redirects',
    rules: [
      {
        filters: [askedByHttp(told), { type: 'RequestRedirect', requestRedirect: { hostname: 'other.example' } }],
      },
    ],
    ask: { headers: refused },
    sees: { status: 401, servers: 'v3' },
  },
  {
    does: 'asks for one backend alone',
    rules: [
      {
        backendRefs: [
          { name: 'v1', port: 80, filters: [askedByHttp(told)] },
          { name: 'v2', port: 80 },
        ],
      },
    ],
    ask: { times: 40, headers: { ...refused, 'x-fail': '1000' } },
    sees: { status: { 401: [40, 40] }, servers: { v2: [4, 36], v3: [4, 36] }, attempts: 40 },
  },
  {
    does: 'asks for all routes of a listener',
    host: guardedHost,
    rules: [toV1],
    ask: { headers: { ...refused, host: guardedHost } },
    sees: { status: 401, servers: 'v3' },
  },
]
