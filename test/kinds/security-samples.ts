/** What the schemas of the kinds of security take and refuse. */
import type { KindSamples } from './samples.ts'

const security = 'security.istio.io/v1'

export const securitySamples: readonly KindSamples[] = [
  {
    apiVersion: security,
    kind: 'AuthorizationPolicy',
    good: [
      { what: 'nothing', spec: {} },
      { what: 'no spec', spec: undefined },
      {
        what: 'a rule of each part',
        spec: {
          selector: { matchLabels: { app: 'web' } },
          action: 'ALLOW',
          rules: [
            {
              from: [{ source: { principals: ['a'], notIpBlocks: ['10.0.0.0/8'] } }],
              to: [{ operation: { methods: ['GET'], ports: ['80'] } }],
              when: [{ key: 'source.ip', values: ['10.0.0.1'] }],
            },
          ],
        },
      },
    ],
    bad: [
      {
        what: 'an action in another case',
        spec: { action: 'Allow' },
        says: '/spec/action: must be one of ALLOW, AUDIT, CUSTOM, DENY, not "Allow"',
      },
      {
        what: 'a port that is a number',
        spec: { rules: [{ to: [{ operation: { ports: [80] } }] }] },
        says: '/spec/rules/0/to/0/operation/ports/0: must be a text, not 80',
      },
      {
        what: 'a source without the word',
        spec: { rules: [{ from: [{}] }] },
        says: '/spec/rules/0/from/0: lacks "source"',
      },
      {
        what: 'a condition without key',
        spec: { rules: [{ when: [{ values: ['a'] }] }] },
        says: '/spec/rules/0/when/0: lacks "key"',
      },
      {
        what: 'too many service accounts',
        spec: { rules: [{ from: [{ source: { serviceAccounts: Array(17).fill('a') } }] }] },
        says: '/spec/rules/0/from/0/source/serviceAccounts: must have at most 16 items',
      },
    ],
  },
  {
    apiVersion: security,
    kind: 'RequestAuthentication',
    good: [
      { what: 'no spec', spec: undefined },
      {
        what: 'a rule with each field',
        spec: {
          jwtRules: [
            {
              issuer: 'a',
              audiences: ['b'],
              jwksUri: 'https://a/keys',
              fromHeaders: [{ name: 'x-token', prefix: 'T ' }, { name: 'x' }],
              fromParams: ['t'],
              fromCookies: ['c'],
              forwardOriginalToken: true,
              outputPayloadToHeader: 'x-payload',
              outputClaimToHeaders: [{ header: 'x-user', claim: 'sub' }],
              spaceDelimitedClaims: ['roles'],
              timeout: '2s',
            },
          ],
        },
      },
    ],
    bad: [
      {
        what: 'keys as an object',
        spec: { jwtRules: [{ issuer: 'a', jwks: { keys: [] } }] },
        says: '/spec/jwtRules/0/jwks: must be a text, not an object',
      },
      {
        what: 'a header without name',
        spec: { jwtRules: [{ issuer: 'a', fromHeaders: [{ prefix: 'T ' }] }] },
        says: '/spec/jwtRules/0/fromHeaders/0: lacks "name"',
      },
      {
        what: 'a timeout without unit',
        spec: { jwtRules: [{ issuer: 'a', timeout: '5' }] },
        says: '/spec/jwtRules/0/timeout: must be a duration such as 500ms, 2s, 1.5m or 1h, not "5"',
      },
      {
        what: 'an empty issuer',
        spec: { jwtRules: [{ issuer: '' }] },
        says: '/spec/jwtRules/0/issuer: must not be empty',
      },
      {
        what: 'an empty URL of keys',
        spec: { jwtRules: [{ jwksUri: '' }] },
        says: '/spec/jwtRules/0/jwksUri: must not be empty',
      },
      {
        what: 'a URL of keys that is too long',
        spec: { jwtRules: [{ jwksUri: `https://a/${'b'.repeat(2048)}` }] },
        says: '/spec/jwtRules/0/jwksUri: must have at most 2048 characters, not 2058',
      },
      ...['audiences', 'fromParams', 'fromCookies', 'spaceDelimitedClaims'].map(field => ({
        what: `an empty text in ${field}`,
        spec: { jwtRules: [{ issuer: 'a', [field]: ['b', ''] }] },
        says: `/spec/jwtRules/0/${field}/1: must not be empty`,
      })),
      {
        what: 'a header for a claim with a dot',
        spec: { jwtRules: [{ issuer: 'a', outputClaimToHeaders: [{ header: 'x.user', claim: 'sub' }] }] },
        says: '/spec/jwtRules/0/outputClaimToHeaders/0/header: must be a name of letters, digits, hyphens and underscores, not "x.user"',
      },
      {
        what: 'an empty claim',
        spec: { jwtRules: [{ issuer: 'a', outputClaimToHeaders: [{ header: 'x', claim: '' }] }] },
        says: '/spec/jwtRules/0/outputClaimToHeaders/0/claim: must not be empty',
      },
    ],
  },
]
