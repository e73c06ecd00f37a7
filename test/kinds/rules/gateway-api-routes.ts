import type { RuleCase } from './rules.test.ts'

const backends = (...weights: (number | undefined)[]) => ({
  rules: [
    { backendRefs: weights.map(weight => ({ name: 'web', port: 80, ...(weight === undefined ? {} : { weight }) })) },
  ],
})
const weight = '/spec/rules/0/backendRefs/0/weight'

const backendRefs = [{ name: 'web', port: 80 }]
const cors = (fields: object) => ({ rules: [{ filters: [{ type: 'CORS', cors: fields }], backendRefs }] })
const corsAt = '/spec/rules/0/filters/0/cors'

const changed = (changes: object) => ({
  rules: [{ filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: changes }], backendRefs }],
})
const changesAt = '/spec/rules/0/filters/0/responseHeaderModifier'

const named: readonly RuleCase[] = (['set', 'add'] as const).flatMap(field => {
  const several = (...names: readonly string[]) => changed({ [field]: names.map(name => ({ name, value: 'v' })) })
  return [
    [several('X-A', 'x-b')],
    [several('X-A', 'x-b', 'x-a'), `no-effect ${changesAt}/${field}/2/name`],
    [several('x-a', 'x-a'), `value-twice ${changesAt}/${field}/1/name`],
  ]
})

/** What nobody answers, whose author said so in no way. */
const unanswered: readonly RuleCase[] = [
  [{ rules: [{}] }, 'hardly-meant /spec/rules/0'],
  [{ rules: [{ backendRefs: [] }] }, 'hardly-meant /spec/rules/0'],
  [
    {
      rules: [{ backendRefs }, { filters: [{ type: 'RequestMirror', requestMirror: { backendRef: backendRefs[0] } }] }],
    },
    'hardly-meant /spec/rules/1',
  ],
  [{ rules: [{ backendRefs }] }],
]

const weights: readonly RuleCase[] = [
  [backends(0), `hardly-meant ${weight}`],
  [backends(0, 0), `hardly-meant ${weight}`],
  [backends(0, 1)],
  [backends(0, undefined)],
  [backends(undefined)],
]

export const httpRoute: readonly RuleCase[] = [
  ...weights,
  ...named,
  ...unanswered,
  ...(['*', 'https://*'] as const).map(
    (origin): RuleCase => [
      cors({ allowOrigins: [origin], allowCredentials: true }),
      `hardly-meant ${corsAt}/allowOrigins/0`,
    ],
  ),
  [cors({ allowOrigins: ['*'] })],
  [cors({ allowOrigins: ['*'], allowCredentials: false })],
  [cors({ allowOrigins: ['https://*.example', 'https://a.example'], allowCredentials: true })],
  [{ rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { port: 81 } }] }] }],
]

export const grpcRoute: readonly RuleCase[] = [...weights, ...named, ...unanswered]

export const l4Route: readonly RuleCase[] = weights

const listening = (listener: object) => ({
  parentRef: { name: 'front' },
  listeners: [{ name: 'web', port: 80, protocol: 'HTTP', ...listener }],
})
const from = (namespaces: object) => listening({ allowedRoutes: { namespaces } })

export const listenerSet: readonly RuleCase[] = [
  [from({ from: 'Selector', selector: {} })],
  [from({ from: 'Selector' }), 'no-effect /spec/listeners/0/allowedRoutes/namespaces/from'],
  // What is not served, for its protocol or for lack of a certificate, a condition says.
  [listening({ protocol: 'FOO' })],
  [
    listening({ protocol: 'HTTPS', tls: { options: { 'x.example/own': 'a' } } }),
    'without-effect /spec/listeners/0/tls/options',
  ],
]
