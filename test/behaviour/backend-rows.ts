/** What HTTPRoutes say at single backends: where there is one alone, it is as if the rule said it. */
import type { ApiRow } from './api-rows.ts'

const filter = (type: string, field: string, value: object) => ({ type, [field]: value })
const backend = (name: string, ...filters: readonly object[]) => ({ name, port: 80, filters })
const host = (hostname: string) => filter('URLRewrite', 'urlRewrite', { hostname })

export const backendRows: readonly ApiRow[] = [
  {
    does: 'redirects what is for the only backend, where that says so',
    rules: [
      {
        backendRefs: [
          backend('v1', filter('RequestRedirect', 'requestRedirect', { hostname: 'other.example', port: 8080 })),
        ],
      },
    ],
    ask: { path: '/a' },
    sees: { status: 302, headers: { location: 'http://other.example:8080/a' }, attempts: 0 },
  },
  {
    does: 'rewrites for the only backend, and sends copies',
    rules: [
      {
        backendRefs: [
          backend(
            'v1',
            filter('URLRewrite', 'urlRewrite', { path: { type: 'ReplaceFullPath', replaceFullPath: '/b' } }),
            filter('RequestMirror', 'requestMirror', { backendRef: { name: 'v2', port: 80 } }),
          ),
        ],
      },
    ],
    ask: { path: '/a' },
    sees: { upstream: { url: '/b' }, servers: { v1: [1, 1], v2: [1, 1] }, attempts: 2 },
  },
  ...(['v1', 'v2'] as const).map(
    (version): ApiRow => ({
      does: `names another host to each of several backends: ${version}`,
      rules: [
        {
          backendRefs: ['v1', 'v2'].map(name => ({
            ...backend(name, host(`${name}.example`)),
            weight: name === version ? 1 : 0,
          })),
        },
      ],
      sees: { servers: version, upstream: { headers: { host: `${version}.example` } } },
    }),
  ),
]
