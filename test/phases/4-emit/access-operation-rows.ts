/** What is asked for: operations as rules describe them, and as those write them who mean to get around a rule. */
import { type AccessRow, allow, deny, to } from './access-words.ts'

export const operations: readonly AccessRow[] = [
  {
    what: 'paths: whole, by their begin, by their end, by templates',
    policies: [allow(to({ paths: ['/whole', '/begin/*', '*.css', '/u/{*}/mail', '/deep/{**}'] }))],
    asks: [
      [{ path: '/whole' }, 200],
      [{ path: '/whole?q=1' }, 200],
      [{ path: '/whole/' }, 403],
      [{ path: '/WHOLE' }, 403],
      [{ path: '/begin/a/b' }, 200],
      [{ path: '/begin' }, 403],
      [{ path: '/a/b.css' }, 200],
      [{ path: '/b.css?x=/none' }, 200],
      [{ path: '/none?x=.css' }, 403],
      [{ path: '/u/ann/mail' }, 200],
      [{ path: '/u/ann/mail?q' }, 200],
      [{ path: '/u/ann/b/mail' }, 403],
      [{ path: '/deep/a/b/c' }, 200],
    ],
  },
  {
    what: 'paths that must not be asked for',
    policies: [allow(to({ notPaths: ['/secret*', '/t/{*}'] }))],
    asks: [
      [{ path: '/' }, 200],
      [{ path: '/secrets' }, 403],
      [{ path: '/t/a' }, 403],
      [{ path: '/t/a/b' }, 200],
    ],
  },
  {
    what: 'any path',
    policies: [allow(to({ paths: ['*'] }))],
    asks: [[{ path: '/whatever' }, 200]],
  },
  {
    what: 'several operations: one of them holds wholly',
    policies: [allow(to({ methods: ['GET'], paths: ['/a'] }, { methods: ['PUT'], paths: ['/b'] }))],
    asks: [
      [{ path: '/a' }, 200],
      [{ method: 'PUT', path: '/b' }, 200],
      [{ method: 'PUT', path: '/a' }, 403],
      [{ path: '/b' }, 403],
    ],
  },
  {
    what: 'methods that must not be used',
    policies: [allow(to({ notMethods: ['DELETE', 'P*'] }))],
    asks: [
      [{}, 200],
      [{ method: 'DELETE' }, 403],
      [{ method: 'POST' }, 403],
      [{ method: 'PUT' }, 403],
    ],
  },
  {
    what: 'hosts: whole, by their end, by their begin',
    policies: [allow(to({ hosts: ['shop.example', '*.cdn.example', 'api.*', 'ported.example:8080'] }))],
    asks: [
      [{ headers: { host: 'shop.example' } }, 200],
      [{ headers: { host: 'SHOP.Example' } }, 200],
      [{ headers: { host: 'shop.example:8080' } }, 200],
      [{ headers: { host: 'shop.example.' } }, 200],
      [{ headers: { host: 'shopXexample' } }, 403],
      [{ headers: { host: 'shop.example.evil' } }, 403],
      [{ headers: { host: 'evil-shop.example' } }, 403],
      [{ headers: { host: 'a.cdn.example:443' } }, 200],
      [{ headers: { host: 'cdn.example' } }, 403],
      [{ headers: { host: 'api.anything' } }, 200],
      [{ headers: { host: 'ported.example:8080' } }, 200],
      [{ headers: { host: 'ported.example:8081' } }, 403],
      [{ headers: { host: 'ported.example' } }, 403],
    ],
  },
]

/** A rule can't be walked around by writing the same thing otherwise. */
export const evasions: readonly AccessRow[] = [
  {
    what: 'a denied path in any disguise',
    policies: [deny(to({ paths: ['/admin', '/admin/*'] }))],
    asks: [
      ...[
        '/admin',
        '/admin/x',
        '//admin/x',
        '/admin//x',
        '/./admin',
        '/a/../admin/x',
        '/a/%2e%2e/admin/x',
        '/a/%2E%2E%2Fadmin',
        '/a/..%2fadmin/x',
        '/a/..%5cadmin/x',
        '/a\\..\\admin\\x',
        '/admin%2fx',
        '/admin%2Fx',
        '/%61dmin/x',
        '/admin?x',
      ].map(path => [{ path }, 403] as const),
      // A fragment has no business in a request.
      [{ path: '/admin#x' }, 400],
      [{ path: '/administration' }, 200],
      [{ path: '/a/admin' }, 200],
    ],
  },
  {
    what: 'an allowed path is not a way into others',
    policies: [allow(to({ paths: ['/public/*'] }))],
    asks: [
      [{ path: '/public/a' }, 200],
      ...[
        '/public/../admin',
        '/public/%2e%2e/admin',
        '/public/..%2fadmin',
        '/public%2f..%2fadmin',
        '/public\\..\\a',
      ].map(path => [{ path }, 403] as const),
    ],
  },
  {
    what: 'a denied host in any case, with any port, with its final dot',
    policies: [deny(to({ hosts: ['internal.example', '*.internal.example'] }))],
    asks: [
      ...[
        'internal.example',
        'INTERNAL.example',
        'internal.example:80',
        'internal.example.',
        'a.Internal.Example:9999',
      ].map(host => [{ headers: { host } }, 403] as const),
      [{ headers: { host: 'external.example' } }, 200],
    ],
  },
]
