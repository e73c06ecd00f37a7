/** Rules that are left to another VirtualService. */
import type { Row, Version } from './row.ts'

const to = (subset: Version) => [{ destination: { host: 'HOST', subset } }]
const left = (more: object = {}) => ({ delegate: { name: 'DELEGATE' }, ...more })
const shop = [{ uri: { prefix: '/shop' } }]

export const delegateRows: readonly Row[] = [
  {
    does: 'is for what both match',
    http: [left({ match: shop }), { route: to('v1') }],
    delegate: [{ match: [{ uri: { exact: '/shop/cart' } }], route: to('v2') }, { route: to('v3') }],
    ask: { path: '/shop/cart' },
    sees: { servers: 'v2' },
  },
  {
    does: 'is for all that the root leaves, where it says no more',
    http: [left({ match: shop }), { route: to('v1') }],
    delegate: [{ match: [{ uri: { exact: '/shop/cart' } }], route: to('v2') }, { route: to('v3') }],
    ask: { path: '/shop/else' },
    sees: { servers: 'v3' },
  },
  {
    does: 'is for nothing that the root keeps',
    http: [left({ match: shop }), { route: to('v1') }],
    delegate: [{ match: [{ method: { exact: 'GET' } }], route: to('v2') }],
    ask: { path: '/else' },
    sees: { servers: 'v1' },
  },
  {
    does: 'needs headers that either asks for',
    http: [left({ match: [{ headers: { 'x-a': { exact: '1' } } }] }), { route: to('v1') }],
    delegate: [{ match: [{ headers: { 'x-b': { exact: '2' } } }], route: to('v2') }],
    ask: { headers: { 'x-a': '1', 'x-b': '2' } },
    sees: { servers: 'v2' },
  },
  {
    does: 'does what the root says, where it says nothing itself',
    http: [left({ match: shop, rewrite: { uri: '/' }, headers: { request: { set: { 'x-from': 'root' } } } })],
    delegate: [{ route: to('v2') }],
    ask: { path: '/shop' },
    sees: { servers: 'v2', upstream: { url: '/', headers: { 'x-from': 'root' } } },
  },
  {
    does: 'does what it says itself',
    http: [left({ timeout: '10s', headers: { request: { set: { 'x-from': 'root' } } } })],
    delegate: [{ headers: { request: { set: { 'x-from': 'delegate' } } }, route: to('v2') }],
    sees: { upstream: { headers: { 'x-from': 'delegate' } } },
  },
]
