/** Which listeners of a Gateway a route is for, and which requests are a listener's. */
import type { ApiRow } from './api-rows.ts'
import type { Version } from './row.ts'

const to = (name: Version) => ({ backendRefs: [{ name, port: 80 }] })
const toV1 = to('v1')

export const stallHost = 'stall.test'
const ofStall = { parent: { kind: 'ListenerSet', name: 'stall' }, rules: [toV1] }

export const kindsHost = 'kinds.test'
const narrowHost = 'narrow.wide.test'
const exactHost = 'exact.wide.test'
const unroutedHost = 'unrouted.wide.test'
/** Of listeners of one port, of which the later ones are more specific than the first. */
export const nestedHosts = {
  'all-of-it': '*.wide.test',
  narrow: narrowHost,
  exact: exactHost,
  unrouted: unroutedHost,
  within: `*.${unroutedHost}`,
}

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
  {
    does: 'is for the most specific listener’s requests where it is attached there',
    parent: { sectionName: 'all-of-it' },
    rules: [toV1],
    more: [to('v2')],
    moreParent: { sectionName: 'narrow' },
    host: narrowHost,
    ask: { headers: { host: narrowHost } },
    sees: { servers: 'v2' },
  },
  {
    does: 'is for none of a more specific listener’s requests',
    parent: { sectionName: 'all-of-it' },
    rules: [toV1],
    host: unroutedHost,
    ask: { headers: { host: unroutedHost } },
    sees: { status: 404 },
  },
  {
    does: 'is for none of them by a wildcard either',
    parent: { sectionName: 'all-of-it' },
    rules: [toV1],
    host: '*.wide.test',
    ask: { headers: { host: `other.${unroutedHost}` } },
    sees: { status: 404 },
  },
  ...(
    [
      ['is asked first where its hostname is more exact, whatever the paths', { path: '/both/longer' }, 'v2'],
      ['leaves the rest to one whose hostname is wider', { path: '/rest' }, 'v1'],
    ] as const
  ).map(
    ([does, ask, version]): ApiRow => ({
      does,
      parent: { sectionName: 'exact' },
      rules: [toV1, { ...toV1, matches: [{ path: { value: '/both/longer' } }] }],
      host: '*.wide.test',
      more: [{ ...to('v2'), matches: [{ path: { value: '/both' } }] }],
      moreHost: exactHost,
      ask: { ...ask, headers: { host: exactHost } },
      sees: { servers: version },
    }),
  ),
  {
    does: 'is for what no other listener is more specific for',
    parent: { sectionName: 'all-of-it' },
    rules: [toV1],
    host: 'free.wide.test',
    ask: { headers: { host: 'free.wide.test' } },
    sees: { servers: 'v1' },
  },
]
