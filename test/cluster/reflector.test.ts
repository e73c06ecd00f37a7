/** The copy of a kind's objects, with everything between it and the API server that goes wrong. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { type ApiObject, Reflector, type ReflectorOptions } from '../../src/cluster/reflector.ts'
import { type Asked, type Fault, type FaultProxy, statusObject } from '../support/fault-proxy.ts'
import { eventually } from '../support/xds-server.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { crd, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

describe('a reflector, with faults between it and the API server', { skip }, () => {
  let api: ApiServer
  let proxy: FaultProxy
  let admin: ClusterClient
  let space = ''
  const running: Reflector[] = []
  /** All that was reported: `+ns/name` for what is there, `-ns/name` for what is gone. */
  let told: string[] = []
  let errors: string[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
  })
  after(() => api?.stop())
  beforeEach(async () => {
    proxy = await faultProxyOf(api)
    space = await makeNamespace(admin)
    told = []
    errors = []
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map(reflector => reflector.stop()))
    await proxy[Symbol.asyncDispose]()
  })

  const path = () => `/api/v1/namespaces/${space}/configmaps`

  function follow(options: Partial<ReflectorOptions> = {}): Reflector {
    const reflector = new Reflector(api.client({ url: proxy.url }), {
      path: path(),
      backoffMs: 20,
      onChange: (key, object) => told.push(`${object === undefined ? '-' : '+'}${key.split('/').at(-1)}`),
      onError: error => errors.push(error.message),
      ...options,
    })
    running.push(reflector)
    return reflector
  }

  const write = (name: string, data: object = {}, labels: object = {}) =>
    admin.call('POST', path(), {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data },
    })
  const change = (name: string, value: string) =>
    admin.call('PATCH', `${path()}/${name}`, {
      contentType: 'application/merge-patch+json',
      body: { data: { value } },
    })
  const remove = (name: string) => admin.call('DELETE', `${path()}/${name}`)

  /** What the server has, as the copy should have it. */
  async function isEqualToTheTruth(reflector: Reflector, of = path()): Promise<boolean> {
    const { items } = (await admin.call('GET', of)) as { items: ApiObject[] }
    const truth = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name} ${metadata.resourceVersion}`)
    const copy = [...reflector.objects].map(([key, { metadata }]) => `${key} ${metadata.resourceVersion}`)
    return truth.sort().join() === copy.sort().join()
  }

  const sees = (reflector: Reflector, name: string) => () => reflector.objects.has(`${space}/${name}`)
  const watchesOpen = (count: number) => eventually('a watch', () => proxy.watches.length >= count)

  it('goes on where it was when the connection breaks, and tells nothing twice', async () => {
    await write('kept')
    const reflector = follow()
    await reflector.start()
    await watchesOpen(1)
    for (const name of ['a', 'b']) await write(name)
    await remove('a')
    await write('a', { life: 'second' })
    await eventually('both', () => told.filter(line => line === '+a').length === 2)
    proxy.resetAll()
    await watchesOpen(2)
    await write('c')
    await eventually('c', sees(reflector, 'c'))
    assert.deepEqual(
      told.filter(line => !line.endsWith('kube-root-ca.crt')),
      ['+kept', '+a', '+b', '-a', '+a', '+c'],
    )
    assert.equal(reflector.lists, 1)
    assert.ok(await isEqualToTheTruth(reflector))
  })

  it('notices a watch that has gone silent, and goes on', async () => {
    const reflector = follow({ silenceMs: 500 })
    await reflector.start()
    await watchesOpen(1)
    await write('before')
    await eventually('before', sees(reflector, 'before'))
    proxy.silenceWatches()
    await write('during')
    await eventually('during', sees(reflector, 'during'), 5_000)
    assert.match(errors.join(), /the watch said nothing for 500 ms/)
    assert.equal(reflector.lists, 1)
  })

  it('notices a server that takes the watch and never answers', async () => {
    let isFirst = true
    proxy.judge = ({ isWatch }) => {
      if (!isWatch || !isFirst) return undefined
      isFirst = false
      return { kind: 'answer', status: 503, body: [Buffer.from('{')], headers: { 'content-length': '100' } }
    }
    const reflector = follow({ silenceMs: 500 })
    await reflector.start()
    await watchesOpen(1)
    await write('late')
    await eventually('late', sees(reflector, 'late'), 5_000)
  })

  for (const [where, gone] of [
    ['as an answer', () => ({ kind: 'answer', status: 410, body: statusObject(410, 'Expired') }) as const],
    [
      'as an event',
      () =>
        ({
          kind: 'answer',
          status: 200,
          body: `${JSON.stringify({ type: 'ERROR', object: statusObject(410, 'Expired') })}\n`,
        }) as const,
    ],
  ] as const)
    it(`lists again when its version is too old (410 ${where}): what is there stays, what is gone is told`, async () => {
      for (const name of ['stays', 'goes', 'changes']) await write(name)
      const reflector = follow()
      await reflector.start()
      await watchesOpen(1)
      // While no watch is open, so that only a list can tell.
      let isCut = true
      proxy.judge = ({ isWatch }) => (isWatch && isCut ? { kind: 'reset' } : undefined)
      proxy.resetAll()
      await watchesOpen(2)
      await remove('goes')
      await change('changes', 'new')
      await write('comes')
      told = []
      isCut = false
      let faults = 1
      proxy.judge = ({ isWatch }) => (isWatch && faults-- > 0 ? gone() : undefined)
      await eventually('comes', sees(reflector, 'comes'))
      assert.deepEqual(told.sort(), ['+changes', '+comes', '-goes'])
      assert.equal(reflector.lists, 2)
      assert.ok(await isEqualToTheTruth(reflector))
    })

  it('leaves a busy server alone for as long as it asks for (429 with Retry-After)', async () => {
    const busy = (asked: Asked, isList: boolean): Fault | undefined => {
      const isFirst = proxy.count(({ isWatch }) => isWatch !== isList) === 1
      if (asked.isWatch === isList || !isFirst) return undefined
      return {
        kind: 'answer',
        status: 429,
        headers: { 'retry-after': '2' },
        body: statusObject(429, 'TooManyRequests'),
      }
    }
    proxy.judge = asked => busy(asked, true) ?? busy(asked, false)
    const reflector = follow()
    await reflector.start()
    await watchesOpen(2)
    const of = (isWatch: boolean) => proxy.asked.filter(asked => asked.isWatch === isWatch).map(({ at }) => at)
    for (const [first = 0, second = 0] of [of(false), of(true)]) {
      assert.ok(second - first >= 2000, `asked again after ${Math.round(second - first)} ms`)
    }
    assert.equal(of(false).length, 2)
  })

  it('keeps what it has while the server fails (5xx), and asks less and less often', async () => {
    await write('kept')
    const reflector = follow()
    await reflector.start()
    await watchesOpen(1)
    told = []
    proxy.judge = () => ({ kind: 'answer', status: 500, body: statusObject(500, 'InternalError') })
    proxy.resetAll()
    const from = performance.now()
    await eventually('six tries', () => proxy.watches.length >= 7)
    assert.ok(performance.now() - from > 20 * (1 + 2 + 4 + 8 + 16) * 0.5)
    assert.ok(reflector.objects.has(`${space}/kept`))
    assert.deepEqual(told, [])
    proxy.judge = () => undefined
    await write('after')
    await eventually('after', sees(reflector, 'after'))
  })

  it('is not drawn into a loop by a server that ends each watch at once', async () => {
    proxy.judge = ({ isWatch }) => (isWatch ? { kind: 'answer', status: 200 } : undefined)
    const reflector = follow()
    await reflector.start()
    await new Promise(resolve => setTimeout(resolve, 2000))
    assert.ok(proxy.watches.length < 8, `${proxy.watches.length} watches in 2 s`)
    proxy.judge = () => undefined
  })

  it('reads page by page, and nothing changes before the last one', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    for (const name of names) await write(name)
    const reflector = follow({ pageSize: 2 })
    const seen: number[] = []
    proxy.judge = () => void seen.push(reflector.objects.size)
    await reflector.start()
    const pages = proxy.asked.filter(({ isWatch }) => !isWatch)
    assert.equal(pages.length, Math.ceil(reflector.objects.size / 2))
    assert.deepEqual(
      pages.map(({ query }) => query.has('continue')),
      pages.map((_, index) => index > 0),
    )
    assert.ok(seen.slice(0, pages.length).every(size => size === 0))
    assert.ok(await isEqualToTheTruth(reflector))
  })

  it('begins again when a page’s token has expired, and tells of no deletion meanwhile', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await write(name)
    const reflector = follow({ pageSize: 2 })
    await reflector.start()
    const pages = proxy.count(({ isWatch }) => !isWatch)
    told = []
    // Its version is too old, and the list that follows is cut in the middle.
    let [watches, tokens] = [1, 1]
    const gone = { kind: 'answer', status: 410, body: statusObject(410, 'Expired') } as const
    proxy.judge = ({ isWatch, query }) => {
      if (isWatch && watches-- > 0) return gone
      return query.has('continue') && tokens-- > 0 ? gone : undefined
    }
    proxy.resetAll()
    await eventually('a whole list', () => reflector.lists === 2)
    assert.equal(
      proxy.count(({ isWatch }) => !isWatch),
      pages + 2 + pages,
    )
    assert.deepEqual(told, [])
    assert.ok(await isEqualToTheTruth(reflector))
  })

  it('takes no answer for an empty list that is none', async () => {
    await write('kept')
    const reflector = follow()
    await reflector.start()
    told = []
    let faults = 2
    proxy.judge = ({ isWatch }) => {
      if (isWatch && faults === 2) {
        faults -= 1
        return { kind: 'answer', status: 410, body: statusObject(410, 'Expired') }
      }
      return !isWatch && faults-- > 0 ? { kind: 'answer', status: 200, body: { kind: 'Hello' } } : undefined
    }
    proxy.resetAll()
    await eventually('a real list', () => reflector.lists === 2)
    assert.deepEqual(told, [])
  })

  it('gets further by bookmarks, when nothing happens to what it follows', async () => {
    // The API server sends one before it ends a watch: here after seconds, not minutes.
    proxy.judge = ({ isWatch, query }) => {
      if (isWatch) query.set('timeoutSeconds', '4')
      return undefined
    }
    const reflector = follow({ labelSelector: 'app=none' })
    await reflector.start()
    await watchesOpen(1)
    for (let index = 0; index < 5; index += 1) await write(`other-${index}`)
    await watchesOpen(2)
    const [first, second] = proxy.watches.map(({ query }) => Number(query.get('resourceVersion')))
    assert.ok(second! >= first! + 5, `from ${first} to ${second}`)
    assert.equal(reflector.objects.size, 0)
    assert.equal(reflector.lists, 1)
  })

  it('ends equal to the truth when the API server crashes and comes back', async () => {
    for (const name of ['a', 'b', 'c']) await write(name)
    const reflector = follow()
    const direct = new Reflector(api.client(), { path: path(), backoffMs: 20, onChange: () => {} })
    running.push(direct)
    await Promise.all([reflector.start(), direct.start()])
    await watchesOpen(1)
    await api.stopServer()
    await eventually('the fault', () => errors.length > 1)
    assert.ok(reflector.objects.size >= 3)
    await api.startServer()
    await remove('a')
    await change('b', 'new')
    await write('d')
    for (const copy of [reflector, direct]) await eventually('the truth', () => isEqualToTheTruth(copy), 60_000)
    assert.ok(!told.includes('-b') && !told.includes('-c'), told.join())
  })

  it('does not take a server that is only starting for one without the kind', async () => {
    const definition = crd('lasting.example.com', 'Lasting')
    await admin.call('POST', definitions, { body: definition })
    const thing = { apiVersion: 'example.com/v1', kind: 'Lasting', metadata: { name: 'one' }, spec: {} }
    const things = `/apis/example.com/v1/namespaces/${space}/lasting`
    await eventually('a served kind', () => admin.call('POST', things, { body: thing }).catch(() => false))
    const reflector = follow({ path: '/apis/example.com/v1/lasting', mayBeMissing: true, missingMs: 50, backoffMs: 5 })
    await reflector.start()
    await watchesOpen(1)
    await api.stopServer()
    await api.startServer()
    await admin.call('POST', things, { body: { ...thing, metadata: { name: 'two' } } })
    await eventually('two', sees(reflector, 'two'), 60_000)
    assert.deepEqual(told, ['+one', '+two'])
  })

  it('waits for a kind that is not installed, follows it once it is, and forgets it with its definition', async () => {
    const definition = crd(`things${Date.now()}.example.com`, 'Thing')
    const collection = `/apis/example.com/v1/${definition.spec.names.plural}`
    const reflector = follow({ path: collection, mayBeMissing: true, missingMs: 100 })
    await reflector.start()
    assert.equal(reflector.objects.size, 0)
    assert.deepEqual(errors, [])
    await admin.call('POST', definitions, { body: definition })
    const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'one' }, spec: {} }
    const things = `/apis/example.com/v1/namespaces/${space}/${definition.spec.names.plural}`
    await eventually('a served kind', () => admin.call('POST', things, { body: thing }).catch(() => false))
    await eventually('one', sees(reflector, 'one'))
    await admin.call('DELETE', `${definitions}/${definition.metadata.name}`)
    await eventually('nothing', () => reflector.objects.size === 0, 30_000)
    // And once more, under the same name.
    await eventually('a free name', () => admin.call('POST', definitions, { body: definition }).catch(() => false))
    await eventually('a served kind', () => admin.call('POST', things, { body: thing }).catch(() => false), 30_000)
    await eventually('one again', sees(reflector, 'one'), 30_000)
  })
})
