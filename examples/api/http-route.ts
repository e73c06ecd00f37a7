// Every field of an HTTPRoute: which requests, what is done to them, and where they go.
import { gatewayApi, service } from 'meshwright'

export const books = service('books', { port: 8080 })
export const films = service('films', { port: 8080 })
export const doorman = service('doorman', { ports: { http: 8000, grpc: { port: 9000, protocol: 'GRPC' } } })

/** Takes routes that name no Gateway, or others. */
export const atrium = gatewayApi.gateway({
  metadata: { name: 'atrium' },
  spec: {
    gatewayClassName: 'meshwright',
    defaultScope: 'All',
    listeners: [{ name: 'http', port: 8189, protocol: 'HTTP' }],
  },
})

export const lobby = gatewayApi.gateway({
  metadata: { name: 'lobby' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8091, protocol: 'HTTP' }] },
})

type HTTPRouteSpec = NonNullable<Parameters<typeof gatewayApi.httpRoute>[0]['spec']>
type Rule = NonNullable<HTTPRouteSpec['rules']>[number]
type Filter = NonNullable<Rule['filters']>[number]

const backend = (name: string) => ({ group: '', kind: 'Service', name, namespace: 'shop', port: 8080 })
const headers = {
  set: [{ name: 'x-from', value: 'lobby' }],
  add: [{ name: 'x-seen', value: 'yes' }],
  remove: ['x-debug'],
}

/** Those that change a request on its way: for a rule, or for one of its backends alone. */
const changes: Filter[] = [
  { type: 'RequestHeaderModifier', requestHeaderModifier: headers },
  { type: 'ResponseHeaderModifier', responseHeaderModifier: headers },
]
const mirrors: Filter[] = [
  { type: 'RequestMirror', requestMirror: { backendRef: backend('films'), percent: 10 } },
  {
    type: 'RequestMirror',
    requestMirror: { backendRef: backend('films'), fraction: { numerator: 1, denominator: 200 } },
  },
]
const cors: Filter = {
  type: 'CORS',
  cors: {
    allowOrigins: ['https://shop.example'],
    allowCredentials: true,
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['x-tier'],
    exposeHeaders: ['x-by'],
    maxAge: 3600,
  },
}
const asksByHttp: Filter = {
  type: 'ExternalAuth',
  externalAuth: {
    protocol: 'HTTP',
    backendRef: { ...backend('doorman'), port: 8000 },
    http: { path: '/ask', allowedHeaders: ['x-tier'], allowedResponseHeaders: ['x-user'] },
    forwardBody: { maxSize: 4096 },
  },
}
const asksByGrpc: Filter = {
  type: 'ExternalAuth',
  externalAuth: {
    protocol: 'GRPC',
    backendRef: { ...backend('doorman'), port: 9000 },
    grpc: { allowedHeaders: ['x-tier'] },
  },
}
const below = (path: string) => [{ path: { type: 'PathPrefix' as const, value: path } }]

export const lobbyRoute = gatewayApi.httpRoute({
  metadata: { name: 'lobby' },
  spec: {
    parentRefs: [
      {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        namespace: 'shop',
        name: 'lobby',
        sectionName: 'http',
        port: 8091,
      },
    ],
    useDefaultGateways: 'All',
    hostnames: ['lobby.example'],
    rules: [
      {
        name: 'matched',
        matches: [
          {
            path: { type: 'Exact', value: '/books' },
            headers: [{ type: 'Exact', name: 'x-tier', value: 'gold' }],
            queryParams: [{ type: 'RegularExpression', name: 'page', value: '[0-9]+' }],
            method: 'GET',
          },
        ],
        filters: [...changes, ...mirrors, cors],
        backendRefs: [
          { ...backend('books'), weight: 9, filters: changes },
          { ...backend('films'), weight: 1 },
        ],
        timeouts: { request: '10s', backendRequest: '3s' },
        retry: { codes: [503], attempts: 2, backoff: '100ms' },
      },
      {
        matches: below('/moved'),
        filters: [
          {
            type: 'RequestRedirect',
            requestRedirect: {
              scheme: 'https',
              hostname: 'shop.example',
              port: 8443,
              statusCode: 301,
              path: { type: 'ReplaceFullPath', replaceFullPath: '/here' },
            },
          },
        ],
      },
      {
        matches: below('/below'),
        filters: [
          {
            type: 'RequestRedirect',
            requestRedirect: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/above' } },
          },
        ],
      },
      {
        matches: below('/old'),
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { hostname: 'new.example', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } },
          },
        ],
        backendRefs: [backend('books')],
      },
      {
        matches: below('/any'),
        filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/one' } } }],
        backendRefs: [backend('books')],
      },
      { matches: below('/asked'), filters: [asksByHttp], backendRefs: [backend('books')] },
      { matches: below('/one-asked'), backendRefs: [{ ...backend('books'), filters: [asksByHttp] }] },
      { matches: below('/one-asked-grpc'), backendRefs: [{ ...backend('books'), filters: [asksByGrpc] }] },
      { matches: below('/asked-grpc'), filters: [asksByGrpc], backendRefs: [backend('books')] },
      {
        matches: below('/sticky'),
        sessionPersistence: {
          type: 'Cookie',
          absoluteTimeout: '1h',
          cookie: { name: 'seat', path: '/sticky', lifetimeType: 'Permanent' },
        },
        backendRefs: [backend('books')],
      },
      {
        matches: below('/sticky-header'),
        sessionPersistence: { type: 'Header', header: { name: 'x-seat' } },
        backendRefs: [backend('books')],
      },
    ],
  },
})
