/** Programs that answer datagrams, behind the gateway of `mesh up`: a saved weight is followed, and TCP has the same number. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { say } from '../behaviour/l4-upstreams.ts'
import { answers, Sender } from '../support/datagrams.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

/** Answers by both at one number, and says which it was. */
const program = `
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const { HOST, PORT, UDP_PORT, UDP_PORT_5301, NAME } = process.env
createServer(socket => socket.on('error', () => {}).once('data', data => socket.end(NAME + ' tcp ' + data))).listen(PORT, HOST)
for (const [port, what] of [[UDP_PORT, 'udp'], [UDP_PORT_5301, 'more']]) {
  const socket = createSocket('udp4')
  socket.on('message', (text, { port, address }) => socket.send(NAME + ' ' + what + ' ' + text, port, address))
  socket.bind(Number(port), HOST)
}
if (PORT !== UDP_PORT) throw new Error('TCP and UDP have one number in the container, and so here')
`

const mesh = `
import { gatewayApi, service } from 'meshwright'

const speaker = (name: string) =>
  service(name, {
    ports: {
      'udp-names': { port: 53, protocol: 'UDP' },
      'tcp-names': { port: 53, protocol: 'TCP' },
      more: { port: 5301, protocol: 'UDP' },
    },
    versions: { v1: { command: ['node', 'app/speaker.js'], env: { NAME: name } } },
  })

export const first = speaker('first')
export const second = speaker('second')

export const front = gatewayApi.gateway({
  metadata: { name: 'front' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [
      { name: 'names', port: 53, protocol: 'UDP' },
      { name: 'names-tcp', port: 53, protocol: 'TCP' },
      { name: 'more', port: 5301, protocol: 'UDP' },
    ],
  },
})

const at = (sectionName: string) => [{ name: 'front', sectionName }]

export const names = gatewayApi.udpRoute({
  metadata: { name: 'names' },
  spec: {
    parentRefs: at('names'),
    rules: [{ backendRefs: [{ name: 'first', port: 53, weight: 1 }, { name: 'second', port: 53, weight: 0 }] }],
  },
})

export const namesTcp = gatewayApi.tcpRoute({
  metadata: { name: 'names' },
  spec: { parentRefs: at('names-tcp'), rules: [{ backendRefs: [{ name: 'second', port: 53 }] }] },
})

export const more = gatewayApi.udpRoute({
  metadata: { name: 'more' },
  spec: { parentRefs: at('more'), rules: [{ backendRefs: [{ name: 'second', port: 5301 }] }] },
})
`

describe('programs that answer datagrams', { skip: withoutEnvoy }, () => {
  let book: Bookinfo
  let more: number
  let flags: readonly string[]

  before(async () => {
    book = await bookinfo('127.97.0.0', 'hello')
    more = await freePort()
    flags = ['--gateway-port', `53=${book.port}`, '--gateway-port', `5301=${more}`, '--address-range', book.range]
    mkdirSync(join(book.dir, 'app'), { recursive: true })
    writeFileSync(join(book.dir, 'app/speaker.js'), program)
    writeFileSync(join(book.dir, 'mesh.ts'), mesh)
  })
  after(() => book?.remove())

  it('keep the mesh down while somebody else has the gateway’s port', async () => {
    const squatter = createSocket('udp4')
    await new Promise<void>(done => squatter.bind(more, '127.0.0.1', done))
    const up = await book.mesh(['up', book.dir, '--detach', ...flags])
    await new Promise<void>(done => squatter.close(done))
    assert.equal(up.code, 2, up.stderr)
    assert.match(up.stderr, new RegExp(`port ${more} on 127\\.0\\.0\\.1 is in use by node \\(pid ${process.pid}: `))
  })

  it('are told where to listen, and are reached', async () => {
    const up = await book.mesh(['up', book.dir, '--detach', ...flags])
    assert.equal(up.code, 0, up.stderr)
    const [one, two] = [`udp://127.0.0.1:${book.port}`, `udp://127.0.0.1:${more}`]
    assert.ok(up.stdout.includes(one) && up.stdout.includes(two), up.stdout)
    assert.deepEqual(await answers(book.port, 4), { 'first udp': 4 })
    assert.deepEqual(await answers(more, 4), { 'second more': 4 })
  })

  it('answer by TCP at the same number', async () => {
    assert.equal(await say(book.port, 'hi', undefined, '127.0.0.1'), 'second tcp hi')
  })

  it('get what saved weights give them', async () => {
    using sender = new Sender()
    assert.equal(await sender.ask(book.port), 'first udp hi')
    book.edit(source => source.replace('weight: 0', 'weight: 3'))
    await eventually('the second takes part', async () => (await answers(book.port, 4))['second udp'] === 3)
    // One that is asked again, for nothing came back, may be one more of either's.
    const counts: Readonly<{ [who: string]: number | undefined }> = await answers(book.port, 40)
    const first = counts['first udp'] ?? 0
    assert.ok(first >= 8 && first <= 12 && first + (counts['second udp'] ?? 0) === 40, JSON.stringify(counts))
    assert.equal(await sender.ask(book.port), 'first udp hi', 'who has a server stays with it')
    book.edit(source => source.replace('weight: 1', 'weight: 0'))
    await eventually('the first has nobody', async () => (await sender.ask(book.port)) === 'second udp hi')
  })

  it('are lost with their listener, and TCP is as it was', async () => {
    book.edit(source => source.replace("{ name: 'names', port: 53, protocol: 'UDP' },", ''))
    await eventually('no answer', async () => (await answers(book.port, 1, 300))['nobody'] === 1)
    assert.equal(await say(book.port, 'hi', undefined, '127.0.0.1'), 'second tcp hi')
  })
})
