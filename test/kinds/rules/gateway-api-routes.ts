import type { RuleCase } from './rules.test.ts'

const backends = (...weights: (number | undefined)[]) => ({
  rules: [
    { backendRefs: weights.map(weight => ({ name: 'web', port: 80, ...(weight === undefined ? {} : { weight }) })) },
  ],
})
const weight = '/spec/rules/0/backendRefs/0/weight'

const cors = (fields: object) => ({ rules: [{ filters: [{ type: 'CORS', cors: fields }] }] })
const corsAt = '/spec/rules/0/filters/0/cors'

const weights: readonly RuleCase[] = [
  [backends(0), `hardly-meant ${weight}`],
  [backends(0, 0), `hardly-meant ${weight}`],
  [backends(0, 1)],
  [backends(0, undefined)],
  [backends(undefined)],
]

export const httpRoute: readonly RuleCase[] = [
  ...weights,
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

export const grpcRoute: readonly RuleCase[] = weights

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
