/** Where a gateway sends requests by what their tokens say. */
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { type Issuer, newIssuer } from '../support/tokens.ts'
import { checkRow } from './check-row.ts'
import type { Row } from './row.ts'
import { gatewayLabels, type Scene, startScene } from './scene.ts'
import { Upstreams } from './upstreams.ts'

type Json = Readonly<{ [field: string]: unknown }>

interface Case {
  readonly does: string
  /** Of the rule that leads to v2; all else goes to v1. */
  readonly match: Json
  /** What the token says; absent: there is none. */
  readonly claims?: Json
  readonly isMet: boolean
}

const group = (value: string) => ({ headers: { '@request.auth.claims.group': { exact: value } } })
const nested = (name: string) => ({ headers: { [name]: { prefix: 'blue' } } })

const cases: readonly Case[] = [
  { does: 'a claim is equal', match: group('admin'), claims: { group: 'admin' }, isMet: true },
  { does: 'a claim is another', match: group('admin'), claims: { group: 'guest' }, isMet: false },
  { does: 'one item of a list fits', match: group('admin'), claims: { group: ['guest', 'admin'] }, isMet: true },
  { does: 'no token has no claims', match: group('admin'), isMet: false },
  {
    does: 'a claim within a claim, by dots',
    match: nested('@request.auth.claims.team.colour'),
    claims: { team: { colour: 'blueish' } },
    isMet: true,
  },
  {
    does: 'a name with dots, in brackets',
    match: nested('@request.auth.claims[https://a.example/team][colour]'),
    claims: { 'https://a.example/team': { colour: 'blue' } },
    isMet: true,
  },
  {
    does: 'a word of a scope, by a regex',
    match: { headers: { '@request.auth.claims.scope': { regex: 'read|write' } } },
    claims: { scope: 'list write' },
    isMet: true,
  },
  {
    does: 'a claim is there, whatever it is',
    match: { headers: { '@request.auth.claims.level': {} } },
    claims: { level: 7 },
    isMet: true,
  },
  { does: 'a claim is not there', match: { headers: { '@request.auth.claims.level': {} } }, claims: {}, isMet: false },
  {
    does: 'not with this claim: it has another',
    match: { withoutHeaders: { '@request.auth.claims.group': { exact: 'admin' } } },
    claims: { group: 'guest' },
    isMet: true,
  },
  {
    does: 'not with this claim: it has it',
    match: { withoutHeaders: { '@request.auth.claims.group': { exact: 'admin' } } },
    claims: { group: 'admin' },
    isMet: false,
  },
  {
    does: 'a claim and a header',
    match: { headers: { ...group('admin').headers, 'x-not-there': { exact: '1' } } },
    claims: { group: 'admin' },
    isMet: false,
  },
]

const networking = 'networking.istio.io/v1'

function resourcesOf({ match }: Case, name: string): Resource[] {
  const metadata = { name }
  const to = (subset: string) => [{ destination: { host: name, subset } }]
  const subsets = ['v1', 'v2'].map(version => ({ name: version, labels: { version } }))
  const http = [{ match: [match], route: to('v2') }, { route: to('v1') }]
  return [
    { apiVersion: networking, kind: 'DestinationRule', metadata, spec: { host: name, subsets } },
    {
      apiVersion: networking,
      kind: 'VirtualService',
      metadata,
      spec: { hosts: [`${name}.example.com`], gateways: ['edge'], http },
    },
  ]
}

describe('routes by claims', { skip: withoutEnvoy, concurrency: true }, () => {
  let issuer: Issuer
  let upstreams: Upstreams
  let scene: Scene
  before(async () => {
    issuer = await newIssuer('issuer')
    upstreams = await Upstreams.start(['v1', 'v2'])
    const tokens: Resource = {
      apiVersion: 'security.istio.io/v1',
      kind: 'RequestAuthentication',
      metadata: { name: 'tokens' },
      spec: { selector: { matchLabels: gatewayLabels }, jwtRules: [{ issuer: issuer.name, jwks: issuer.jwks }] },
    }
    scene = await startScene(
      cases.map((each, index) => ({
        service: `s${index}`,
        protocol: 'http',
        ports: upstreams.ports,
        resources: [...resourcesOf(each, `s${index}`), ...(index === 0 ? [tokens] : [])],
      })),
    )
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await upstreams?.[Symbol.asyncDispose]()
  })

  for (const [index, { does, claims, isMet }] of cases.entries())
    it(does, async () => {
      const headers = claims === undefined ? {} : { authorization: `Bearer ${await issuer.token(claims)}` }
      const row: Row = { does, isEdge: true, ask: { headers }, sees: { servers: isMet ? 'v2' : 'v1' } }
      await checkRow(`s${index}`, row, scene, upstreams)
    })
})
