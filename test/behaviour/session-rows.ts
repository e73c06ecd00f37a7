/** Sessions of HTTPRoutes: the Service `all` has endpoints of every version. */
import type { ApiRow } from './api-rows.ts'
import { versions } from './row.ts'

const toAll = { backendRefs: [{ name: 'all', port: 80 }] }
const seat = { cookie: { name: 'seat' } }
const bySeat = { type: 'Header', header: { name: 'x-seat' } }
const everywhere = { v1: [1, 58], v2: [1, 58], v3: [1, 58] } as const

export const sessionRows: readonly ApiRow[] = [
  {
    does: 'stays where its cookie says that it was',
    rules: [{ ...toAll, sessionPersistence: seat }],
    ask: { times: 30, returns: ['set-cookie'] },
    sees: { isOneServer: true },
  },
  {
    does: 'is anybody’s without the cookie',
    rules: [{ ...toAll, sessionPersistence: seat }],
    ask: { times: 60 },
    sees: { servers: everywhere },
  },
  {
    does: 'stays where its header says that it was',
    rules: [{ ...toAll, sessionPersistence: bySeat }],
    ask: { times: 30, returns: ['x-seat'] },
    sees: { isOneServer: true },
  },
  {
    does: 'is anybody’s without the header',
    rules: [{ ...toAll, sessionPersistence: bySeat }],
    ask: { times: 60 },
    sees: { servers: everywhere },
  },
  {
    does: 'is known by a cookie for its path, for as long as is said',
    rules: [
      {
        matches: [{ path: { value: '/a' } }],
        ...toAll,
        sessionPersistence: {
          absoluteTimeout: '1h',
          cookie: { ...seat.cookie, path: '/a', lifetimeType: 'Permanent' },
        },
      },
    ],
    ask: { path: '/a/b', times: 30, returns: ['set-cookie'] },
    sees: { isOneServer: true },
  },
  {
    does: 'stays with its backend, beside others',
    rules: [{ backendRefs: versions.map(name => ({ name, port: 80 })), sessionPersistence: seat }],
    ask: { times: 30, returns: ['set-cookie'] },
    sees: { isOneServer: true },
  },
  {
    does: 'stays with an endpoint of its backend, beside others',
    rules: [{ backendRefs: [...toAll.backendRefs, { name: 'v1', port: 80 }], sessionPersistence: seat }],
    ask: { times: 30, returns: ['set-cookie'] },
    sees: { isOneServer: true },
  },
]
