/** Who may call whom, by the callers' certificates: real proxies, with identities, under traffic. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { getPage } from './ask.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

/** What is said, which parts the page then lacks, and what a caller in plain text gets from `details`. */
interface AccessCase {
  readonly says: readonly string[]
  readonly lacks: readonly ('details' | 'reviews' | 'ratings' | 'page')[]
  readonly plainly: 200 | 403 | undefined
}

/** The gateway is bound to another port than this, which is the one that its server has. */
const edge = `istio.authorizationPolicy({
  metadata: { name: 'edge' },
  spec: {
    selector: { matchLabels: { istio: 'ingressgateway' } },
    action: 'DENY',
    rules: [{ to: [{ operation: { paths: ['/productpage'], ports: ['8080'] } }] }],
  },
})`
/** The first version asks for no ratings. */
const v2 = 'route(reviews, [otherwise.to(reviews.v2)])'

/** Each differs from the one before in what is there: connections that are open go on under the old rules for a while. */
const cases: readonly AccessCase[] = [
  { says: ['allow(details, { from: [reviews, ratings] })'], lacks: ['details'], plainly: 403 },
  { says: ['allow(details, { from: [productpage] })'], lacks: [], plainly: 403 },
  {
    says: ['allow(details, { from: [{ namespace: "book" }, { namespace: "*store" }] })'],
    lacks: ['details'],
    plainly: 403,
  },
  { says: ['allow(details, { from: [{ namespace: "bookinfo" }] })'], lacks: [], plainly: 403 },
  { says: ['allow(details, { from: [{ principal: "*/sa/page" }] })'], lacks: ['details'], plainly: 403 },
  { says: ['allow(details, { from: [{ principal: "*/sa/productpage" }] })'], lacks: [], plainly: 403 },
  { says: ['allow(details, { from: [productpage], methods: ["POST"] })'], lacks: ['details'], plainly: 403 },
  {
    says: ['allow(details, { from: [productpage], methods: ["GET"], paths: ["/details/*"] })'],
    lacks: [],
    plainly: 403,
  },
  { says: ['deny(details, { from: [productpage] })', 'allow(details)'], lacks: ['details'], plainly: 200 },
  { says: ['allow(productpage, { from: [shop] })', 'mtls("STRICT")'], lacks: [], plainly: undefined },
  { says: ['allow(productpage, { from: [details] })'], lacks: ['page'], plainly: 200 },
  { says: ['allow(ratings, { from: [productpage] })', v2], lacks: ['ratings'], plainly: 200 },
  { says: ['allow(ratings, { from: [reviews] })', v2], lacks: [], plainly: 200 },
  { says: [edge], lacks: ['page'], plainly: 200 },
]

describe('access by certificates', { skip: withoutEnvoy }, () => {
  let book: Bookinfo
  before(async () => {
    book = await bookinfo('127.86.0.0')
    const up = await book.mesh(['up', book.dir, '--detach', ...book.flags])
    assert.equal(up.code, 0, up.stderr)
  })
  after(() => book.remove())

  const say = async (statements: readonly string[]) => {
    const { revision } = (await book.status()).instance
    const words = 'allow, deny, istio, mtls, otherwise, route'
    book.edit(source => {
      const lines = statements.map((text, index) => `export const said${index} = ${text}`)
      const used = `export const unused = [${words}].length`
      const bare = source.replace(/\n\/\/ said[\s\S]*$/, '')
      return [bare, '// said', `import { ${words} } from 'meshwright'`, used, ...lines, ''].join('\n')
    })
    await eventually(`${statements} is accepted`, async () => {
      const { instance, proxies } = await book.status()
      return instance.revision !== revision && proxies.every(({ accepted }) => accepted)
    })
  }

  const lacking = async () => {
    const { status, body } = await getPage(book.url)
    if (status === 403) return ['page']
    assert.equal(status, 200)
    return [...body.matchAll(/(details|reviews|ratings) are unavailable right now.*?403/g)].map(([, part]) => part)
  }

  /** Straight to the proxy, without a certificate. */
  const plainly = async () => {
    const { workloads } = await book.status()
    const [host] = workloads.find(({ name }) => name === 'details-v1')!.address!.split(':')
    return (await get({ host, port: 9080, path: '/details/0' } as Parameters<typeof get>[0]))?.status
  }

  for (const { says, lacks, plainly: expected } of cases) {
    it(`${says.join('; ').replaceAll(/\s+/g, ' ')}: ${lacks.length === 0 ? 'all is there' : `no ${lacks.join(', no ')}`}`, async () => {
      await say(says)
      await eventually('the page is so', async () => (await lacking()).join() === lacks.join())
      assert.equal(await plainly(), expected)
    })
  }

  it('says in its log which rule refused', async () => {
    await say(['deny(details, { from: [productpage], name: "no-page" })'])
    await eventually('the rule is named', async () => {
      await lacking()
      const logs = await book.mesh(['logs', 'details-v1', '--proxy', '--dir', book.dir, '--tail', '200'])
      return logs.stdout.includes('rbac_access_denied_matched_policy[ns[bookinfo]-policy[no-page]-rule[0]]')
    })
  })
})
