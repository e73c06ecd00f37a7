/** What a proxy refuses: seen with the author's line, harmless to traffic, mended by an edit. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProxyReport } from '../../src/agent/report.ts'
import { liveHolder } from '../../src/local/state/instance-lock.ts'
import { makeCertificate, withoutOpenssl } from '../golden/make-certificate.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { envoyStats, getPage } from './ask.ts'
import { type Bookinfo, bookinfo, finish } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

const gateway = "gateway('hello', { port: 8080 })"
/** Too short for Envoy, and nothing that our checks look at. */
const weakKey = ['-newkey', 'rsa:1024']

describe('a configuration that passes every check, and that Envoy refuses', {
  skip: withoutEnvoy || withoutOpenssl,
}, () => {
  let mesh: Bookinfo
  let good: string
  /** A port with TLS whose certificate belongs to a key that is too short for Envoy. */
  let secured: string
  before(async () => {
    mesh = await bookinfo('127.89.0.0', 'hello')
    good = readFileSync(join(mesh.dir, 'mesh.ts'), 'utf8')
    assert.ok(makeCertificate(mesh.dir, weakKey), 'openssl makes a certificate')
    const port = await freePort()
    secured = gateway.replace(
      ' }',
      `, servers: [{ port: ${port}, tls: { certificate: 'cert.pem', key: 'key.pem' } }] }`,
    )
    assert.ok(good.includes(gateway))
    const up = await mesh.mesh(['up', mesh.dir, '--detach', ...mesh.flags])
    assert.equal(up.code, 0, up.stderr)
  })
  after(() => mesh.remove())

  const log = () => readFileSync(join(mesh.state.logs, 'mesh-up.log'), 'utf8')
  const save = (source: string) => writeFileSync(join(mesh.dir, 'mesh.ts'), source)
  const entrance = async () => (await mesh.status()).proxies.find(({ kind }) => kind === 'router')!
  /** How often the gateway's Envoy was offered listeners, and refused them. */
  const offers = async () => {
    const stats = await envoyStats((await entrance()).admin)
    const count = (name: string) => stats.get(`listener_manager.lds.${name}`) ?? 0
    return { taken: count('update_success'), refused: count('update_rejected') }
  }
  /** How often the log names the listener's refusal with a line of the author's. */
  const refusals = (line: number) => {
    const head = 'error\\[MW6001\\]: proxy "ingressgateway\\.default" rejected Listener "\\S+": .*cert\\.pem.*'
    return [...log().matchAll(new RegExp(`${head}\\n *--> \\S*mesh\\.ts:${line}:\\d+\\n`, 'g'))].length
  }
  const lineOf = (source: string) => source.slice(0, source.indexOf('gateway(')).split('\n').length

  it('is shown with proxy, resource and the author’s line', async () => {
    const bad = good.replace(gateway, secured)
    save(bad)
    const proxy = await eventually('the gateway refuses it', async () => {
      const seen = await entrance()
      return seen.rejection === null ? undefined : seen
    })
    assert.equal(proxy.accepted, false)
    await eventually('it is printed', () => refusals(lineOf(bad)) === 1)
    assert.match((await mesh.mesh(['status', mesh.dir])).stdout, /^ingressgateway .* rejected /m)
    const reports = JSON.parse(
      (await mesh.mesh(['proxies', mesh.dir, '--format', 'json'])).stdout,
    ) as readonly ProxyReport[]
    const nacks = reports.flatMap(({ name, types }) =>
      types.filter(({ nack }) => nack !== null).map(({ type }) => [name, type]),
    )
    assert.deepEqual(nacks, [['ingressgateway', 'LDS']])
  })

  it('leaves traffic as it was, and is not sent again', async () => {
    const first = await offers()
    for (let request = 0; request < 20; request++) {
      assert.equal((await getPage(mesh.url)).status, 200)
      await sleep(50)
    }
    assert.deepEqual(await offers(), first)
    assert.equal(first.refused, 1)
  })

  it('is told again with its new line when a comment has moved it, and not when it stands where it stood', async () => {
    const [before, bad] = [await offers(), good.replace(gateway, secured)]
    const moved = `// One.\n// Two.\n${bad}`
    save(moved)
    await eventually('it names the moved line', () => refusals(lineOf(moved)) === 1)
    // The frame under the place is that of the new source.
    assert.match(log(), new RegExp(`mesh\\.ts:${lineOf(moved)}:\\d+\\n *\\|?\\n?${lineOf(moved)} \\| .*gateway\\(`))
    save(`${moved}// The last line.\n`)
    await sleep(1000)
    assert.deepEqual(await offers(), before, 'nothing is pushed for it')
    assert.equal((await entrance()).accepted, false)
    save(bad)
    await eventually('it is back where it was', () => refusals(lineOf(bad)) === 2)
    assert.equal(refusals(lineOf(moved)), 1)
  })

  it('names the moved line after a comment was added, and the comment alone pushes nothing', async () => {
    save(good)
    await eventually('it is mended', async () => (await entrance()).accepted)
    assert.equal((await entrance()).rejection, null)
    const [before, { revision }] = [await offers(), (await mesh.status()).instance]
    const moved = `// One.\n// Two.\n// Three.\n${good}`
    save(moved)
    await eventually('the lines have moved', async () => {
      const { stdout } = await mesh.mesh(['proxy', 'config', 'ingressgateway', '--listeners', '--dir', mesh.dir])
      return stdout.includes(`mesh.ts:${lineOf(moved)}:`)
    })
    assert.deepEqual(await offers(), before)
    assert.equal((await mesh.status()).instance.revision, revision)
    save(moved.replace(gateway, secured))
    await eventually('the refusal names the moved line', () => refusals(lineOf(moved)) === 1)
    save(good)
    await eventually('it is mended again', async () => (await entrance()).accepted)
    assert.equal((await getPage(mesh.url)).status, 200)
  })
})

describe('a first configuration that Envoy refuses', { skip: withoutEnvoy || withoutOpenssl }, () => {
  let mesh: Bookinfo
  let good: string
  let bad: string
  before(async () => {
    mesh = await bookinfo('127.94.0.0', 'hello')
    good = readFileSync(join(mesh.dir, 'mesh.ts'), 'utf8')
    assert.ok(makeCertificate(mesh.dir, weakKey), 'openssl makes a certificate')
    const servers = `[{ port: ${await freePort()}, tls: { certificate: 'cert.pem', key: 'key.pem' } }]`
    bad = good.replace(gateway, gateway.replace(' }', `, servers: ${servers} }`))
    writeFileSync(join(mesh.dir, 'mesh.ts'), bad)
  })
  after(() => mesh.remove())

  const refusal = /^error\[MW6001\]: proxy "ingressgateway\.default" rejected Listener .*\n *--> \S*mesh\.ts:\d+:\d+\n/m

  it('ends a start in the background at once, with the author’s line and nothing left', {
    timeout: 50_000,
  }, async () => {
    const asked = performance.now()
    const up = await mesh.mesh(['up', mesh.dir, '--detach', '--wait', '60', ...mesh.flags])
    console.log(`# a refused start ended after ${Math.round(performance.now() - asked)} ms`)
    assert.equal(up.code, 1, up.stderr)
    assert.match(up.stderr, refusal)
    assert.equal(up.stderr.split('MW6001').length, 2, 'it is said once')
    assert.doesNotMatch(up.stderr, /MW8011|starting/)
    assert.equal(up.stdout, '')
    assert.equal(liveHolder(mesh.state), undefined)
    assert.equal(existsSync(mesh.state.children), false)
    assert.equal((await getPage(mesh.url)).status, 0)
  })

  it('waits before a person for the next save', async () => {
    const child = mesh.start(['up', mesh.dir, '--wait', '1', ...mesh.flags])
    let said = ''
    child.stderr?.on('data', chunk => {
      said += chunk
    })
    const ended = finish(child)
    await eventually('it is refused', () => refusal.test(said))
    await sleep(2000)
    assert.doesNotMatch(said, /MW8011|look at/)
    writeFileSync(join(mesh.dir, 'mesh.ts'), good)
    await eventually('it is ready', () => said.includes(`look at http://127.0.0.1:${mesh.port}/`))
    assert.equal((await getPage(mesh.url)).status, 200)
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  })
})
