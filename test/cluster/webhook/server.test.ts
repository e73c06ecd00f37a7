/** What comes to the webhooks' port, and should not. */
import assert from 'node:assert/strict'
import { request } from 'node:https'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { injectionSettings, profiles } from '../../../src/cluster/install/values.ts'
import { admitPod } from '../../../src/cluster/webhook/inject.ts'
import { WebhookServer } from '../../../src/cluster/webhook/server.ts'
import { CertificateAuthority, createAuthorityFiles } from '../../../src/identity/certificate-authority.ts'

const name = 'mesh-agent.mesh-system.svc'
const settings = injectionSettings(profiles['default']!)

interface Answer {
  readonly status: number
  readonly body: string
}

describe('the port of the webhooks', () => {
  let authority: CertificateAuthority
  let server: WebhookServer
  let port = 0
  const errors: Error[] = []

  const certificate = async () => {
    const { chain, key } = await authority.issueServer([name], 3_600_000)
    return { cert: chain, key }
  }
  before(async () => {
    authority = await CertificateAuthority.load(await createAuthorityFiles('cluster.local'), 'cluster.local')
    server = new WebhookServer({
      tls: await certificate(),
      hooks: {
        '/inject': review => admitPod(review, settings, async () => ({ 'meshwright.dev/injection': 'enabled' })),
        '/fails': () => Promise.reject(new Error('a bug of ours')),
      },
      onError: error => errors.push(error),
    })
    port = await server.listen(0)
  })
  after(() => server.close())

  const tls = (): ConnectionOptions & { host: string; port: number } => ({
    host: '127.0.0.1',
    port,
    servername: name,
    ca: authority.roots,
  })

  function post(path: string, body: string | readonly Buffer[], headers: object = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ ...tls(), path, method: 'POST', headers: { ...headers }, agent: false }, response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      })
      let status = 0
      sent.on('response', response => {
        status = response.statusCode ?? 0
      })
      // What is sent after the answer may not be taken any more.
      sent.on('error', error => (status === 0 ? reject(error) : resolve({ status, body: '' })))
      if (typeof body === 'string') sent.end(body)
      else {
        for (const chunk of body) sent.write(chunk)
        sent.end()
      }
    })
  }

  const review = (object: object, kind = 'Pod') =>
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: { uid: '1', kind: { group: '', version: 'v1', kind }, namespace: 'shop', operation: 'CREATE', object },
    })
  const pod = { metadata: { name: 'web' }, spec: { containers: [{ name: 'app', image: 'app' }] } }

  it('answers a review', async () => {
    const { status, body } = await post('/inject', review(pod))
    assert.equal(status, 200)
    const { response } = JSON.parse(body)
    assert.deepEqual([response.uid, response.allowed, response.patchType], ['1', true, 'JSONPatch'])
  })

  it('answers a hundred of them quickly', async () => {
    const took: number[] = []
    for (let index = 0; index < 100; index += 1) {
      const from = performance.now()
      await post('/inject', review(pod))
      took.push(performance.now() - from)
    }
    took.sort((a, b) => a - b)
    console.log(
      `# a review, with a handshake of its own: median ${took[50]!.toFixed(1)} ms, p99 ${took[98]!.toFixed(1)} ms`,
    )
    assert.ok(took[98]! < 1000)
  })

  for (const [what, body, status] of [
    ['no JSON', 'hello', 400],
    ['nothing', '', 400],
    ['another JSON', '[1]', 400],
    ['a review without a request', '{}', 400],
    ['a review of nothing', '{"request":{"uid":"1","kind":{"kind":"Pod","version":"v1"}}}', 400],
    [
      'a review whose object is a number',
      '{"request":{"uid":"1","kind":{"kind":"Pod","version":"v1"},"object":1}}',
      400,
    ],
    ['a pod that is none, which the API server will refuse', review({ spec: 'no' }), 200],
    ['a pod whose containers are none', review({ metadata: 3, spec: { containers: [{}] } }), 200],
  ] as const)
    it(`takes ${what}`, async () => {
      assert.equal((await post('/inject', body)).status, status)
      assert.equal((await post('/inject', review(pod))).status, 200, 'and goes on')
    })

  for (const path of ['/', '/nowhere', '/__proto__', '/constructor', '/inject/../fails/x'])
    it(`has nothing at ${path}`, async () => assert.equal((await post(path, review(pod))).status, 404))

  it('answers 500 for a bug of its own, and says it', async () => {
    assert.equal((await post('/fails', review(pod))).status, 500)
    assert.match(errors.pop()?.message ?? '', /a bug of ours/)
  })

  it('does not read what is too large, and says so', async () => {
    const chunks = Array.from({ length: 12 }, () => Buffer.alloc(1 << 20, ' '))
    assert.equal((await post('/inject', chunks)).status, 413)
    assert.equal((await post('/inject', chunks, { 'content-length': 12 << 20 })).status, 413)
    assert.equal((await post('/inject', review(pod))).status, 200)
  })

  it('does not wait for half a handshake, half a head or half a body', async () => {
    const closed = (socket: NodeJS.EventEmitter) =>
      new Promise<number>(resolve => {
        const from = performance.now()
        socket.on('error', () => {})
        socket.on('close', () => resolve(performance.now() - from))
      })
    const half = (text: string): TLSSocket => {
      const socket = connectTls(tls(), () => socket.write(text))
      // Read, so that its end is noticed.
      socket.resume()
      return socket
    }
    const took = await Promise.all([
      closed(connect(port, '127.0.0.1').resume()),
      closed(half('')),
      closed(half('POST /inject HTTP/1.1\r\nhost: a\r\n')),
      closed(half('POST /inject HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{')),
    ])
    for (const ms of took) assert.ok(ms < 20_000, took.join())
    assert.equal((await post('/inject', review(pod))).status, 200)
    assert.deepEqual(errors, [], 'they are not worth a word')
  })

  it('shows another certificate to whoever comes after it was renewed', async () => {
    const serial = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connectTls(tls(), () => {
          resolve(socket.getPeerCertificate().serialNumber)
          socket.destroy()
        })
        socket.on('error', reject)
      })
    const before = await serial()
    assert.equal(await serial(), before)
    server.renew(await certificate())
    assert.notEqual(await serial(), before)
  })
})
