/** What is asked of an API server, and how often, when answers are lost, late, large or none at all. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { ApiError } from '../../src/cluster/api-error.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { type Fault, type FaultProxy, statusObject } from '../support/fault-proxy.ts'
import { eventually } from '../support/xds-server.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { crd, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false

describe('a client of an API server', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let proxy: FaultProxy
  let client: ClusterClient
  let space = ''

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
  })
  after(() => api?.stop())
  beforeEach(async () => {
    proxy = await faultProxyOf(api)
    client = api.client({ url: proxy.url })
    space = await makeNamespace(admin)
  })
  afterEach(() => proxy[Symbol.asyncDispose]())

  const path = () => `/api/v1/namespaces/${space}/configmaps`
  const body = (name: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    ...more,
  })
  /** What a promise was refused with. */
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      value => assert.fail(`it was answered ${JSON.stringify(value)}`),
      (error: unknown) => {
        assert.ok(error instanceof ApiError, String(error))
        return error
      },
    )
  /** The first so many requests meet a fault. */
  const failing = (times: number, fault: Fault) => {
    let left = times
    proxy.judge = () => (left-- > 0 ? fault : undefined)
  }

  for (const [what, fault] of [
    ['the server fails (500)', { kind: 'answer', status: 500, body: statusObject(500, 'InternalError') }],
    ['a gateway finds no server (502)', { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' }],
    ['the connection breaks', { kind: 'reset' }],
    ['the answer is lost', { kind: 'lost' }],
  ] as const) {
    it(`reads again when ${what}`, async () => {
      await admin.call('POST', path(), { body: body('one') })
      failing(2, fault)
      const found = (await client.call('GET', `${path()}/one`)) as { metadata: { name: string } }
      assert.equal(found.metadata.name, 'one')
      assert.equal(proxy.asked.length, 3)
    })

    it(`writes only once when ${what}`, async () => {
      failing(1, fault)
      await failure(client.call('POST', path(), { body: body('one') }))
      assert.equal(proxy.asked.length, 1)
      for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
        failing(1, fault)
        await failure(client.call(method, `${path()}/one`, { body: body('one') }))
      }
      assert.equal(proxy.asked.length, 4)
    })
  }

  it('has written, though it can not know, when the answer to a write is lost', async () => {
    failing(1, { kind: 'lost' })
    const error = await failure(client.call('POST', path(), { body: body('one') }))
    assert.equal(error.status, 0)
    assert.match(error.message, /does not answer: ECONNRESET/)
    const there = (await admin.call('GET', `${path()}/one`)) as { metadata: object }
    assert.ok(there.metadata)
  })

  it('writes again when the server says that it did not take it (429), and not before it may', async () => {
    failing(1, {
      kind: 'answer',
      status: 429,
      headers: { 'retry-after': '1' },
      body: statusObject(429, 'TooManyRequests'),
    })
    await client.call('POST', path(), { body: body('one') })
    const [first, second] = proxy.asked
    assert.equal(proxy.asked.length, 2)
    assert.ok(second!.at - first!.at >= 1000)
  })

  it('leaves it to the caller when the server wants to be left alone for long', async () => {
    failing(9, { kind: 'answer', status: 429, headers: { 'retry-after': '3600' } })
    const error = await failure(client.call('GET', path()))
    assert.equal(error.retryAfterMs, 3_600_000)
    assert.equal(proxy.asked.length, 1)
  })

  it('gives up after five tries, with the server’s own words', async () => {
    failing(9, { kind: 'answer', status: 503, body: statusObject(503, 'ServiceUnavailable', 'come back later') })
    const error = await failure(client.call('GET', path()))
    assert.deepEqual([error.status, error.reason, error.message], [503, 'ServiceUnavailable', 'come back later'])
    assert.equal(proxy.asked.length, 5)
  })

  it('ends all tries with its signal, and says what the last one met', async () => {
    const controller = new AbortController()
    proxy.judge = () => {
      // In the middle of the wait that comes after the second one.
      if (proxy.asked.length === 2) setTimeout(() => controller.abort(), 50)
      return { kind: 'answer', status: 503, body: statusObject(503, 'ServiceUnavailable', 'come back later') }
    }
    const error = await failure(client.call('GET', path(), { signal: controller.signal }))
    assert.match(error.message, /come back later/)
    assert.equal(proxy.asked.length, 2)
  })

  it('has a deadline for all tries together', async () => {
    failing(99, { kind: 'stall' })
    const from = performance.now()
    const error = await failure(client.call('GET', path(), { timeoutMs: 400, deadline: from + 1000 }))
    assert.match(error.message, /no answer within/)
    assert.ok(performance.now() - from < 3000)
    assert.ok(proxy.asked.length >= 2)
  })

  it('waits for no answer for ever: neither for its head nor for the rest', async () => {
    for (const kind of ['stall', 'stall-body'] as const) {
      failing(1, { kind })
      const error = await failure(client.call('POST', path(), { body: body(kind), timeoutMs: 300 }))
      assert.match(error.message, /within 300 ms/)
    }
    failing(1, { kind: 'stall' })
    assert.ok(await client.call('GET', path(), { timeoutMs: 300 }))
  })

  it('brings conflicts to the surface (409): one that is there already, and one that has changed since', async () => {
    const made = (await client.call('POST', path(), { body: body('one') })) as { metadata: object }
    assert.deepEqual(named(await failure(client.call('POST', path(), { body: body('one') }))), [409, 'AlreadyExists'])
    await client.call('PUT', `${path()}/one`, { body: { ...made, data: { a: 'first' } } })
    const error = await failure(client.call('PUT', `${path()}/one`, { body: { ...made, data: { a: 'second' } } }))
    assert.deepEqual(named(error), [409, 'Conflict'])
    assert.match(error.message, /the object has been modified/)
    assert.equal(proxy.asked.length, 4)
  })

  it('names what the server finds wrong, field by field', async () => {
    const strict = { fieldValidation: 'Strict' }
    const unknown = await failure(
      client.call('POST', path(), { query: strict, body: body('one', { dataa: { key: 'value' } }) }),
    )
    assert.equal(unknown.status, 400)
    assert.deepEqual(unknown.causes, [{ field: 'dataa', message: 'unknown field' }])
    const invalid = await failure(client.call('POST', path(), { body: body('one', { data: { 'a/b': 'value' } }) }))
    assert.equal(invalid.status, 422)
    assert.deepEqual(
      invalid.causes.map(({ field }) => field),
      ['data[a/b]'],
    )
    await admin.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: crd('words.example.com', 'Word', {
        properties: { spec: { type: 'object', properties: { text: { type: 'string' } } } },
      }),
    })
    const word = { apiVersion: 'example.com/v1', kind: 'Word', metadata: { name: 'one' } }
    const words = `/apis/example.com/v1/namespaces/${space}/words`
    // A definition that is there is not served at once.
    await eventually('words are served', () =>
      admin.call('GET', words).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof ApiError && error.status === 404)) throw error
        },
      ),
    )
    for (const [method, more] of [
      ['POST', {}],
      ['PATCH', { contentType: 'application/apply-patch+yaml' }],
    ] as const) {
      const error = await failure(
        client.call(method, method === 'POST' ? words : `${words}/one`, {
          ...more,
          query: { ...strict, fieldManager: 'test' },
          body: { ...word, spec: { tekst: 'hello' } },
        }),
      )
      assert.deepEqual(
        error.causes.map(({ field }) => field),
        ['spec.tekst'],
        `${method}: ${error.message}`,
      )
    }
  })

  it('says so when the answer is no JSON, and does not ask for it again', async () => {
    failing(1, { kind: 'answer', status: 200, body: '<html>Log in</html>' })
    const error = await failure(client.call('GET', path()))
    assert.match(error.message, /the answer is no JSON: <html>Log in/)
    assert.equal(proxy.asked.length, 1)
  })

  it('reads no answer without end, and does not ask for it again', async () => {
    const chunk = Buffer.alloc(1 << 20, ' ')
    function* endless() {
      for (;;) yield chunk
    }
    failing(1, { kind: 'answer', status: 200, body: endless() })
    const error = await failure(client.call('GET', path()))
    assert.match(error.message, /the answer is larger than 268435456 bytes/)
    assert.equal(proxy.asked.length, 1)
  })
})

function named({ status, reason }: ApiError): unknown[] {
  return [status, reason]
}
