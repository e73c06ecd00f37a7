import { evasions, operations } from './access-operation-rows.ts'
import { type AccessRow, allow, deny, from, inRoot, policy, to, when } from './access-words.ts'

/** @param portOf the own port of the workload at an index */
export function accessRows(portOf: (index: number) => number): readonly AccessRow[] {
  const rows = [...precedence, ...operations, ...evasions, ...callers, ...conditions, ...connections]
  return [
    ...rows,
    {
      what: 'ports are the workload’s own, wherever the proxy listens',
      policies: [allow(to({ ports: [String(portOf(rows.length))] }))],
      asks: [[{}, 200]],
    },
    {
      what: 'a port of another number does not hold',
      policies: [allow(to({ ports: ['80', String(portOf(rows.length))] }))],
      asks: [[{}, 403]],
    },
    {
      what: 'ports that must not be asked for',
      policies: [allow(to({ notPorts: [String(portOf(rows.length + 2))] }))],
      asks: [[{}, 403]],
    },
  ]
}

const precedence: readonly AccessRow[] = [
  { what: 'no policy: all is allowed', policies: [], asks: [[{}, 200]] },
  { what: 'ALLOW without rules: nothing is allowed', policies: [policy('ALLOW', undefined)], asks: [[{}, 403]] },
  { what: 'ALLOW with a rule that says nothing: all is allowed', policies: [allow({})], asks: [[{}, 200]] },
  {
    what: 'ALLOW: what no rule of any policy describes is refused',
    policies: [allow(to({ methods: ['GET'] })), allow(to({ paths: ['/open'] }))],
    asks: [
      [{}, 200],
      [{ method: 'POST', path: '/open' }, 200],
      [{ method: 'POST', path: '/closed' }, 403],
    ],
  },
  {
    what: 'DENY goes before ALLOW',
    policies: [allow({}), deny(to({ paths: ['/admin'] }))],
    asks: [
      [{ path: '/' }, 200],
      [{ path: '/admin' }, 403],
    ],
  },
  {
    what: 'a policy of a root namespace holds everywhere, for what it selects',
    labels: { tier: 'front' },
    policies: [inRoot({ tier: 'front' }, '/front'), inRoot({ tier: 'back' }, '/back')],
    asks: [
      [{ path: '/front' }, 403],
      [{ path: '/back' }, 200],
    ],
  },
  {
    what: 'a policy of another namespace does not hold',
    policies: [policy('DENY', [to({ paths: ['/other'] })], { namespace: 'elsewhere' })],
    asks: [[{ path: '/other' }, 200]],
  },
  {
    what: 'AUDIT refuses nothing',
    policies: [policy('AUDIT', [{}])],
    asks: [[{}, 200]],
  },
  {
    what: 'a trial refuses nothing',
    policies: [policy('DENY', [{}], { annotations: { 'istio.io/dry-run': 'true' } })],
    asks: [[{}, 200]],
  },
  {
    what: 'a trial beside a policy that holds',
    policies: [
      policy('ALLOW', undefined, { annotations: { 'istio.io/dry-run': 'true' } }),
      allow(to({ methods: ['GET'] })),
    ],
    asks: [
      [{}, 200],
      [{ method: 'PUT' }, 403],
    ],
  },
  {
    what: 'CUSTOM: nobody can be asked, so what it is about is refused',
    policies: [
      {
        kind: 'AuthorizationPolicy',
        spec: { action: 'CUSTOM', provider: { name: 'x' }, rules: [to({ paths: ['/a'] })] },
      },
    ],
    asks: [
      [{ path: '/a' }, 403],
      [{ path: '/b' }, 200],
    ],
  },
]

const callers: readonly AccessRow[] = [
  {
    what: 'addresses of the connection',
    policies: [allow(from({ ipBlocks: ['127.0.0.0/8'] }))],
    asks: [[{ headers: { 'x-forwarded-for': '10.9.9.9' } }, 200]],
  },
  {
    what: 'other addresses of the connection, whatever a header says',
    policies: [allow(from({ ipBlocks: ['10.0.0.0/8', '192.0.2.1'] }))],
    asks: [
      [{}, 403],
      [{ headers: { 'x-forwarded-for': '10.9.9.9' } }, 403],
    ],
  },
  {
    what: 'addresses that must not connect',
    policies: [allow(from({ notIpBlocks: ['127.0.0.1'] }))],
    asks: [[{}, 403]],
  },
  {
    what: 'addresses of the client, as the gateway says',
    policies: [allow(from({ remoteIpBlocks: ['203.0.113.0/24', '2001:db8::/32'] }))],
    asks: [
      [{ headers: { 'x-forwarded-for': '203.0.113.7' } }, 200],
      [{ headers: { 'x-forwarded-for': '2001:db8::7' } }, 200],
      [{ headers: { 'x-forwarded-for': '203.0.113.7, 198.51.100.1' } }, 403],
      [{}, 403],
    ],
  },
  {
    what: 'without certificates nobody has an identity: an ALLOW by it lets nobody in',
    policies: [
      allow(
        from(
          { principals: ['*'] },
          { namespaces: ['*'] },
          { serviceAccounts: ['app'] },
          { trustDomains: ['*'] },
          { requestPrincipals: ['*'] },
        ),
      ),
    ],
    asks: [
      [{}, 403],
      [{ headers: { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/a/sa/app' } }, 403],
    ],
  },
  {
    what: 'and a DENY by it refuses nobody',
    policies: [deny(from({ principals: ['*'] }))],
    asks: [[{}, 200]],
  },
]

const conditions: readonly AccessRow[] = [
  {
    what: 'headers',
    policies: [allow(when('request.headers[X-Role]', { values: ['admin', 'team-*'], notValues: ['team-red'] }))],
    asks: [
      [{ headers: { 'x-role': 'admin' } }, 200],
      [{ headers: { 'x-role': 'team-blue' } }, 200],
      [{ headers: { 'x-role': 'team-red' } }, 403],
      [{ headers: { 'x-role': 'Admin' } }, 403],
      [{}, 403],
    ],
  },
  {
    what: 'a header that must be there, another that must not',
    policies: [
      allow({
        when: [
          { key: 'request.headers[x-a]', values: ['*'] },
          { key: 'request.headers[x-b]', notValues: ['*'] },
        ],
      }),
    ],
    asks: [
      [{ headers: { 'x-a': '1' } }, 200],
      [{ headers: { 'x-a': '1', 'x-b': '' } }, 403],
      [{}, 403],
    ],
  },
  {
    what: 'addresses',
    policies: [
      allow({
        when: [
          { key: 'source.ip', values: ['127.0.0.1'] },
          { key: 'destination.ip', values: ['127.0.0.0/8'] },
          { key: 'remote.ip', values: ['203.0.113.7'] },
        ],
      }),
    ],
    asks: [
      [{ headers: { 'x-forwarded-for': '203.0.113.7' } }, 200],
      [{ headers: { 'x-forwarded-for': '203.0.113.8' } }, 403],
    ],
  },
  {
    what: 'a server name, where there is no TLS',
    policies: [allow(when('connection.sni', { values: ['shop.example'] }))],
    asks: [[{ headers: { host: 'shop.example' } }, 403]],
  },
  {
    what: 'what another filter noted',
    policies: [allow(when('experimental.envoy.filters.network.x[key]', { values: ['a'] }))],
    asks: [[{}, 403]],
  },
]

/** On a port without HTTP a refusal closes the connection. */
const connections: readonly AccessRow[] = [
  { what: 'TCP: no policy', protocol: 'tcp', policies: [], asks: [[{}, 200]] },
  { what: 'TCP: nothing is allowed', protocol: 'tcp', policies: [policy('ALLOW', undefined)], asks: [[{}, 'closed']] },
  {
    what: 'TCP: by address',
    protocol: 'tcp',
    policies: [allow(from({ ipBlocks: ['127.0.0.1'] }))],
    asks: [[{}, 200]],
  },
  {
    what: 'TCP: an ALLOW rule that looks at HTTP is left out',
    protocol: 'tcp',
    policies: [allow(to({ methods: ['GET'] }))],
    asks: [[{}, 'closed']],
  },
  {
    what: 'TCP: a DENY rule that looks at HTTP holds without that part',
    protocol: 'tcp',
    policies: [deny(to({ methods: ['DELETE'] }))],
    asks: [[{}, 'closed']],
  },
  {
    what: 'TCP: and what else it says still counts',
    protocol: 'tcp',
    policies: [deny(to({ methods: ['DELETE'], ports: ['1'] }))],
    asks: [[{}, 200]],
  },
  {
    what: 'a port that is detected, spoken to by HTTP',
    protocol: 'unknown',
    policies: [deny(to({ methods: ['DELETE'] }))],
    asks: [
      [{}, 200],
      [{ method: 'DELETE' }, 403],
    ],
  },
]
