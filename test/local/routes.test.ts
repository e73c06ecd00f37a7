import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { getPage } from './ask.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

const words = 'header, otherwise, route, when'

/** What a page shows of its reviews, and how long it took. */
interface Seen {
  readonly stars: string
  readonly body: string
  readonly ms: number
}

describe('a route in a sibling file', { skip: withoutEnvoy }, () => {
  let book: Bookinfo
  let file = ''
  before(async () => {
    book = await bookinfo('127.75.0.0')
    file = join(book.dir, 'canary.ts')
    writeFileSync(file, source('route(reviews, [otherwise.to(reviews.v1)])'))
    const up = await book.mesh(['up', file, '--detach', ...book.flags])
    assert.equal(up.code, 0, up.stderr)
  })
  after(() => book.remove())

  const source = (...routes: readonly string[]) =>
    [
      `import { ${words} } from 'meshwright'`,
      "import { ratings, reviews } from './mesh.ts'",
      "export * from './mesh.ts'",
      // Every word and name is used, whatever the routes are.
      `export const unused = [${words}, ratings, reviews].length`,
      ...routes.map((text, index) => `export const route${index} = ${text}`),
    ].join('\n')

  /** Saves routes, and waits until every proxy has them. */
  const save = async (...routes: readonly string[]) => {
    const { revision } = (await book.status()).instance
    writeFileSync(file, source(...routes))
    await eventually('the change is accepted', async () => {
      const { instance, proxies } = await book.status()
      return instance.revision !== revision && proxies.every(proxy => proxy.accepted)
    })
  }

  const see = async (headers: Record<string, string> = {}): Promise<Seen> => {
    const started = performance.now()
    const { body } = await getPage(book.url, headers)
    return { stars: /data-stars="(\w+)"/.exec(body)?.[1] ?? 'no reviews', body, ms: performance.now() - started }
  }
  const seeMany = async (count: number): Promise<Seen[]> => {
    const seen: Seen[] = []
    while (seen.length < count) seen.push(...(await Promise.all(Array.from({ length: 10 }, () => see()))))
    return seen
  }
  const colours = (seen: readonly Seen[]) => [...new Set(seen.map(({ stars }) => stars))].sort()

  it('shifts all from v1 to v2', async () => {
    assert.deepEqual(colours(await seeMany(20)), ['none'])
    await save('route(reviews, [otherwise.to(reviews.v2)])')
    assert.deepEqual(colours(await seeMany(20)), ['black'])
  })

  it('splits 90 to 10', async () => {
    await save('route(reviews, [otherwise.split({ v1: 90, v3: 10 })])')
    const seen = await seeMany(300)
    const red = seen.filter(({ stars }) => stars === 'red').length
    console.log(`# red: ${red} of ${seen.length}`)
    assert.deepEqual(colours(seen), ['none', 'red'])
    // 30 are expected; five standard deviations (5.2 each) make a false alarm once in two million runs.
    assert.ok(red >= 4 && red <= 56, `${red} of ${seen.length}`)
  })

  it('shows jason another version', async () => {
    await save("route(reviews, [when(header('end-user').is('jason')).to(reviews.v2), otherwise.to(reviews.v3)])")
    assert.equal((await see({ cookie: 'user=jason' })).stars, 'black')
    assert.equal((await see({ cookie: 'user=maria' })).stars, 'red')
    assert.equal((await see()).stars, 'red')
  })

  it('delays half of the requests', async () => {
    await save(
      'route(reviews, [otherwise.to(reviews.v2)])',
      "route(ratings, [otherwise.to(ratings).delay('2s', { percent: 50 })])",
    )
    const seen = await seeMany(20)
    const slow = seen.filter(({ ms }) => ms >= 2000).length
    console.log(`# delayed: ${slow} of ${seen.length}`)
    assert.ok(slow > 0 && slow < seen.length)
  })

  it('gives up at a timeout, and the page says so', async () => {
    await save(
      "route(reviews, [otherwise.to(reviews.v2).timeout('500ms')])",
      "route(ratings, [otherwise.to(ratings).delay('2s')])",
    )
    const { body, ms } = await see()
    assert.match(body, /reviews are unavailable right now.*it answered 504/)
    assert.ok(ms < 2000, `${ms} ms`)
  })

  it('aborts, and the page says so', async () => {
    await save('route(reviews, [otherwise.to(reviews.v3)])', 'route(ratings, [otherwise.to(ratings).abort(500)])')
    assert.match((await see()).body, /ratings are unavailable right now.*it answered 500/)
  })

  it('tries again elsewhere where one program does not answer', async () => {
    await save("route(reviews, [otherwise.to(reviews).retry({ attempts: 5, perTry: '250ms', on: ['5xx'] })])")
    const pid = (await book.status()).workloads.find(workload => workload.name === 'reviews-v1')?.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    try {
      assert.deepEqual(colours(await seeMany(20)), ['black', 'red'])
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  })

  it('mirrors to another version, whose answers nobody sees', async () => {
    const asked = async () => {
      const { stdout } = await book.mesh(['logs', 'reviews-v3', '--dir', book.dir, '--tail', '100000'])
      return stdout.split('GET /reviews/0').length
    }
    await save('route(reviews, [otherwise.to(reviews.v1).mirror(reviews.v3)])')
    const earlier = await asked()
    assert.deepEqual(colours(await seeMany(10)), ['none'])
    await eventually('ten copies have come', async () => (await asked()) >= earlier + 10)
  })
})
