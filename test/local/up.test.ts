import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProxyReport } from '../../src/agent/report.ts'
import { identify } from '../../src/local/state/process-identity.ts'
import type { InstanceStatus } from '../../src/local/status.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { envoyStats, getPage } from './ask.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

describe('mesh up', { skip: withoutEnvoy }, () => {
  let book: Bookinfo
  before(async () => {
    book = await bookinfo('127.71.0.0')
    const started = performance.now()
    const up = await book.mesh(['up', book.dir, '--detach', ...book.flags])
    console.log(`# up --detach: ready after ${Math.round(performance.now() - started)} ms`)
    assert.equal(up.code, 0, up.stderr)
    assert.equal(up.stdout, `${book.url}\n`, 'stdout has the URL alone')
  })
  after(() => book.remove())

  const stars = async (headers = {}) => {
    const { status, body } = await getPage(book.url, headers)
    return status === 200 ? (/data-stars="(\w+)"/.exec(body)?.[1] ?? 'no reviews') : `status ${status}`
  }
  const starsOf = async (count: number) => {
    const seen: string[] = []
    for (let request = 0; request < count; request++) seen.push(await stars())
    return seen
  }

  it('serves the page, with all three versions of the reviews', async () => {
    const { status, body } = await getPage(book.url)
    assert.equal(status, 200)
    assert.match(body, /<title>Simple Bookstore App<\/title>/)
    assert.match(body, /William Shakespeare/)
    assert.deepEqual([...new Set(await starsOf(30))].sort(), ['black', 'none', 'red'])
  })

  it('tells the state of seven proxies and six workloads', async () => {
    const printed = await book.mesh(['status', book.dir, '--format', 'json'])
    const { instance, proxies, workloads } = JSON.parse(printed.stdout) as InstanceStatus
    assert.deepEqual(instance.urls, [book.url])
    assert.equal(proxies.length, 7)
    assert.ok(proxies.every(proxy => proxy.accepted && proxy.state === 'running'))
    assert.equal(workloads.length, 6)
    assert.equal(new Set(workloads.map(workload => workload.address)).size, 6, 'each has an address of its own')
    const table = (await book.mesh(['status', book.dir])).stdout
    const [a, b] = book.range.split('.')
    assert.match(table, new RegExp(`^reviews-v2 +${a}\\.${b}\\.\\d+\\.1 +running +running +accepted`, 'm'))
  })

  it('leaves no file in the tree, and none that others can read', async () => {
    const files = readdirSync(book.dir).sort()
    assert.deepEqual(files, readdirSync(join(import.meta.dirname, '../../examples/bookinfo')).sort())
    assert.equal((await book.mesh(['up', book.dir, '--detach'])).code, 2, 'it is up already')
  })

  it('prints the log of a workload', async () => {
    const logs = await book.mesh(['logs', 'details-v1', '--dir', book.dir, '--tail', '500'])
    assert.match(logs.stdout, /GET \/details\/0 200/)
    const proxy = await book.mesh(['logs', 'productpage-v1', '--proxy', '--dir', book.dir, '--tail', '5000'])
    assert.match(proxy.stdout, /GET/)
    assert.doesNotMatch(proxy.stdout, /Deprecated field/)
    const unknown = await book.mesh(['logs', 'detials', '--dir', book.dir])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /its workloads are details-v1, /)
  })

  it('tells what each proxy was sent, with the author’s lines', async () => {
    const { stdout } = await book.mesh(['proxies', book.dir, '--format', 'json'])
    const reports = JSON.parse(stdout) as readonly ProxyReport[]
    assert.equal(reports.length, 7)
    assert.ok(reports.every(report => report.accepted && report.types.every(type => type.nack === null)))
    const config = await book.mesh(['proxy', 'config', 'productpage-v1', '--clusters', '--dir', book.dir])
    assert.match(config.stdout, /outbound\|9080\|\|details\.bookinfo/)
    assert.match(config.stdout, /mesh\.ts:\d+/)
  })

  it('carries each call through the Envoys of both sides', async () => {
    const { proxies } = await book.status()
    const counters = async (name: string) => envoyStats(proxies.find(proxy => proxy.name === name)?.admin ?? '')
    const sum = (stats: Map<string, number>, pattern: RegExp) =>
      [...stats].reduce((total, [stat, value]) => total + (pattern.test(stat) ? value : 0), 0)
    const callees = ['details', 'reviews', 'ratings']
    const measure = async () => {
      const all = new Map<string, number>()
      for (const { name } of proxies) {
        const stats = await counters(name)
        for (const callee of callees)
          all.set(
            `${name} to ${callee}`,
            sum(stats, new RegExp(`^cluster\\.outbound\\|.*${callee}\\..*upstream_rq_total$`)),
          )
        all.set(`${name} in`, sum(stats, /^cluster\.inbound\|.*upstream_rq_total$/))
      }
      return all
    }
    const first = await measure()
    await starsOf(12)
    const second = await measure()
    const rose = (...names: string[]) => names.some(name => (second.get(name) ?? 0) > (first.get(name) ?? 0))
    assert.ok(rose('productpage-v1 to details') && rose('details-v1 in'))
    assert.ok(rose('productpage-v1 to reviews') && rose('reviews-v1 in', 'reviews-v2 in', 'reviews-v3 in'))
    assert.ok(rose('reviews-v2 to ratings', 'reviews-v3 to ratings') && rose('ratings-v1 in'))
  })

  it('breaks one call alone when one sidecar stands still, and the page says so', async () => {
    const { proxies } = await book.status()
    const pid = proxies.find(proxy => proxy.name === 'details-v1')?.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    try {
      const { status, body } = await getPage(book.url)
      assert.equal(status, 200)
      assert.match(body, /details are unavailable right now/)
      assert.match(body, /data-stars="/, 'the reviews are there')
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await eventually('the details are back', async () =>
      (await getPage(book.url)).body.includes('William Shakespeare</dd>'),
    )
  })

  it('pushes a saved change to live traffic without a failed request', async () => {
    const traffic = steadyTraffic(book.url)
    await sleep(500)
    const saved = performance.now()
    book.edit(
      source =>
        `${source.replace('{ expose', '{ otherwise, route, expose')}\nexport const toRed = route(reviews, [otherwise.to(reviews.v3)])\n`,
    )
    await eventually('ten red pages in a row', async () => (await starsOf(10)).every(seen => seen === 'red'))
    console.log(`# saved to ten red pages: ${Math.round(performance.now() - saved)} ms`)
    assert.deepEqual(await starsOf(30), Array(30).fill('red'))
    const { sent, failed } = await traffic.stop()
    console.log(`# requests meanwhile: ${sent}, failed: ${failed.length}`)
    assert.deepEqual(failed, [])
    const { proxies } = await book.status()
    assert.ok(proxies.every(proxy => proxy.accepted))
    assert.notEqual(
      proxies.find(proxy => proxy.name === 'productpage-v1')?.revision,
      proxies.find(proxy => proxy.name === 'details-v1')?.revision,
      'the change concerned one proxy and not the other',
    )
  })

  it('prints a mistake with its place, and changes nothing', async () => {
    const { revision } = (await book.status()).instance
    book.edit(source => source.replace('reviews.v3', 'reviews.v4'))
    const log = join(book.state.logs, 'mesh-up.log')
    await eventually(
      'the mistake is printed',
      () =>
        /mesh\.ts:\d+:\d+/.test(readFileSync(log, 'utf8').split('v4')[0] ?? '') &&
        readFileSync(log, 'utf8').includes('v4'),
    )
    assert.equal((await book.status()).instance.revision, revision)
    assert.deepEqual(await starsOf(5), Array(5).fill('red'))
    book.edit(source => source.replace('reviews.v4', 'reviews.v3'))
  })

  it('starts and ends workloads as the mesh gains and loses them', async () => {
    const before = await book.status()
    book.edit(source =>
      source.replace(", v3: reviewsWith('red')", '').replace('otherwise.to(reviews.v3)', 'otherwise.to(reviews.v2)'),
    )
    await eventually('six proxies', async () => (await book.status()).proxies.length === 6)
    await eventually('black pages alone', async () => (await starsOf(10)).every(seen => seen === 'black'))
    const after = await book.status()
    const pid = (status: typeof after, name: string) => status.workloads.find(workload => workload.name === name)?.pid
    assert.equal(identify(pid(before, 'reviews-v3') ?? 0), undefined)
    assert.equal(pid(after, 'reviews-v2'), pid(before, 'reviews-v2'), 'the others go on')
  })

  it('restarts a program that is killed', async () => {
    const pid = (await book.status()).workloads.find(workload => workload.name === 'ratings-v1')?.pid ?? 0
    process.kill(pid, 'SIGKILL')
    await eventually('it is back', async () => {
      const ratings = (await book.status()).workloads.find(workload => workload.name === 'ratings-v1')
      return ratings?.state === 'running' && ratings.restarts === 1
    })
  })

  it('is ended by `mesh down`, with every process and port', async () => {
    const { proxies, workloads, instance } = await book.status()
    const down = await book.mesh(['down', book.dir])
    assert.equal(down.code, 0, down.stderr)
    const pids = [instance.pid, ...[...proxies, ...workloads].map(process => process.pid ?? 0)]
    assert.deepEqual(
      pids.filter(pid => identify(pid) !== undefined),
      [],
    )
    assert.equal(await isListening(book.port), false)
    assert.deepEqual(readdirSync(book.state.root), ['logs'])
    const status = await book.mesh(['status', book.dir])
    assert.equal(status.code, 2)
    assert.match(status.stderr, /MW8006.*is not up/)
  })
})

/** 50 requests a second until stopped. */
function steadyTraffic(url: string) {
  const pending = new Set<Promise<void>>()
  const failed: string[] = []
  let sent = 0
  const timer = setInterval(() => {
    sent++
    const one = getPage(url).then(({ status, body }) => {
      if (status !== 200 || !body.includes('data-stars') || !body.includes('William'))
        failed.push(`${status} ${body.match(/unavailable.*/)?.[0] ?? body.slice(0, 200)}`)
      pending.delete(one)
    })
    pending.add(one)
  }, 20)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(pending)
      return { sent, failed }
    },
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('connect', () => resolve(socket.destroy() !== undefined))
    socket.on('error', () => resolve(false))
  })
}
