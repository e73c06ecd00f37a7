import type { RuleCase } from './rules.test.ts'

const to = { destination: { host: 'a' } }
const rule = (fields: object) => ({ hosts: ['a'], http: [{ route: [to], ...fields }] })
const at = (field: string) => `/spec/http/0/${field}`

/** Origins that all sites have, for VirtualServices. */
export const sharedCredentials: readonly RuleCase[] = [
  ...[{ exact: '*' }, { regex: '.*' }, { prefix: 'https://' }].map(
    (origin): RuleCase => [
      rule({ corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }, origin], allowCredentials: true } }),
      `hardly-meant ${at('corsPolicy/allowOrigins/1')}`,
    ],
  ),
  [
    rule({ corsPolicy: { allowOrigin: ['*'], allowCredentials: true } }),
    `hardly-meant ${at('corsPolicy/allowOrigin/0')}`,
  ],
  [rule({ corsPolicy: { allowOrigins: [{ exact: '*' }] } })],
  [rule({ corsPolicy: { allowOrigins: [{ regex: 'https://.*[.]a[.]example' }], allowCredentials: true } })],
]
