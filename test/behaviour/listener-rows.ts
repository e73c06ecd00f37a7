/** Which listeners of a Gateway a route is for, and which requests are a listener's. */
import type { ApiRow } from './api-rows.ts'
import type { Version } from './row.ts'

const to = (name: Version) => ({ backendRefs: [{ name, port: 80 }] })
const toV1 = to('v1')

export const stallHost = 'stall.test'
const ofStall = { parent: { kind: 'ListenerSet', name: 'stall' }, rules: [toV1] }

export const kindsHost = 'kinds.test'

export const listenerRows: readonly ApiRow[] = [
  {
    does: 'is for the default Gateway where it names none',
    isDefault: true,
    rules: [toV1],
    host: 'default.example.com',
    ask: { headers: { host: 'default.example.com' } },
    sees: { servers: 'v1' },
  },
  {
    does: 'is for what a ListenerSet adds to a Gateway',
    ...ofStall,
    host: stallHost,
    ask: { headers: { host: stallHost } },
    sees: { servers: 'v1' },
  },
  {
    does: 'is for nothing else of that Gateway',
    ...ofStall,
    host: 'other.example.com',
    ask: { headers: { host: 'other.example.com' } },
    sees: { status: 404 },
  },
  {
    does: 'is for a listener that lists its kind beside one that is not for it',
    parent: { sectionName: 'kinds' },
    rules: [toV1],
    host: kindsHost,
    ask: { headers: { host: kindsHost } },
    sees: { servers: 'v1' },
  },
]
