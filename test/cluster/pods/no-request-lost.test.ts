/**
 * What a client sees while things change under it: nothing. 100 requests a second through the gateway, over HTTP/1.1 and
 * HTTP/2, while everything is restarted, one of two agents is killed, certificates rotate every half minute, and the root is
 * replaced.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiObject } from '../../../src/cluster/reflector.ts'
import { podPorts } from '../../../src/model/placement.ts'
import { type LoadResult, type RunningLoad, startLoad } from '../../support/load.ts'
import { eventually } from '../../support/xds-server.ts'
import { askForMutualTls, type InstalledBookinfo, installedBookinfo, mesh } from '../bookinfo.ts'
import { cannotRun, kubectl, stopCluster } from '../cluster.ts'

const skip = cannotRun() ?? false
/** How long certificates are watched rotating, s. */
const rotationSeconds = Number(process.env['MESH_ROTATION_SECONDS'] ?? 300)

/** What a process was started with; empty where it is gone, or nobody's to look at. */
function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return []
  }
}

async function podsIn(namespace: string): Promise<readonly ApiObject[]> {
  return (JSON.parse(await kubectl('get', 'pods', '-n', namespace, '-o', 'json')) as { items: ApiObject[] }).items
}

describe('no request is lost', { skip }, () => {
  let book: InstalledBookinfo
  before(async () => {
    book = await installedBookinfo({ set: ['certificates.ttlSeconds=60', 'agent.replicas=2'] })
    await askForMutualTls()
    await eventually('the page', async () => (await fetch(book.page)).status === 200)
  })
  after(async () => {
    book?.remove()
    await stopCluster()
  })

  /**
   * Half of the requests by each protocol.
   *
   * @param isGateway is it the gateway's own pods that go? Nothing else may close a connection that a client keeps.
   */
  const underLoad = async (what: string, work: () => Promise<void>, isGateway = false) => {
    const loads = (['http1', 'http2'] as const).map(protocol =>
      startLoad({ url: book.page, perSecond: 50, protocol, expects: 'Simple Bookstore App' }),
    )
    let results: LoadResult[] = []
    try {
      await sleep(2000)
      await work()
      await sleep(2000)
    } finally {
      results = await Promise.all(loads.map((load: RunningLoad): Promise<LoadResult> => load.stop()))
    }
    const sent = results.reduce((sum, result) => sum + result.sent, 0)
    console.log(
      `# ${what}: ${sent} requests, failed: ${JSON.stringify(results.map(({ failures }) => Object.fromEntries(failures)))}, sent twice: ${results.map(({ repeats }) => repeats).join(' and ')}`,
    )
    for (const { failures, repeats } of results) {
      assert.deepEqual(Object.fromEntries(failures), {})
      if (!isGateway) assert.equal(repeats, 0, 'connections that were closed under a request')
    }
  }

  const restart = async (namespace: string, deployment: string) => {
    await kubectl('rollout', 'restart', '-n', namespace, `deployment/${deployment}`)
    await kubectl('rollout', 'status', '-n', namespace, `deployment/${deployment}`, '--timeout=120s')
    // The old pods go on until they have said goodbye: that is when requests get lost.
    await eventually(
      'the old pods are gone',
      async () => {
        return (await podsIn(namespace)).every(({ metadata }) => metadata.deletionTimestamp === undefined)
      },
      90_000,
    )
  }

  const agents = async () =>
    (await podsIn('mesh-system'))
      .filter(({ metadata }) => metadata.labels?.['app'] === 'mesh-agent')
      .map(({ metadata }) => metadata.name)
      .sort()
  const writingAgent = async () => {
    const path = ['-n', 'mesh-system', 'mesh-agent', '-o', 'jsonpath={.spec.holderIdentity}']
    return (await kubectl('get', 'lease', ...path)).trim()
  }

  /** Without a word to anybody, as a node that runs out of memory does; the kubelet starts it again. */
  async function killAgent(name: string): Promise<void> {
    const before = await restartsOf(name)
    const pids = readdirSync('/proc').filter(
      pid => /^\d+$/.test(pid) && environmentOf(pid).includes(`POD_NAME=${name}`),
    )
    assert.ok(pids.length > 0, name)
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL')
    await eventually(`${name} is started again`, async () => (await restartsOf(name)) > before, 60_000)
  }
  const restartsOf = async (name: string) => {
    const path = ['-n', 'mesh-system', name, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}']
    return Number(await kubectl('get', 'pod', ...path))
  }
  const isBack = (name: string) =>
    kubectl('wait', '-n', 'mesh-system', `pod/${name}`, '--for=condition=Ready', '--timeout=120s')

  it('while an application is restarted', () =>
    underLoad('productpage restarted', () => restart('default', 'productpage-v1')))
  it('while the gateway is restarted', () =>
    underLoad('gateway restarted', () => restart('mesh-system', 'mesh-ingressgateway'), true))
  it('while the agent is restarted', () => underLoad('agent restarted', () => restart('mesh-system', 'mesh-agent')))

  it('while one of two agents is killed, and the other one as soon as it is back', () =>
    underLoad('both agents killed, one after the other', async () => {
      const [first, second] = await agents()
      await killAgent(first!)
      await isBack(first!)
      await killAgent(second!)
      await isBack(second!)
    }))
  it('while an application is restarted, and the agent that writes is killed', () =>
    underLoad('productpage restarted, an agent killed', async () => {
      const restarted = restart('default', 'productpage-v1')
      await sleep(1000)
      const writer = await writingAgent()
      await killAgent(writer)
      await restarted
      await isBack(writer)
    }))

  it('while certificates rotate, and no connection between proxies ends under a request', async () => {
    const serials = new Set<string>()
    const before = await brokenConnections()
    await underLoad(`certificates of a minute, for ${rotationSeconds} s`, async () => {
      const end = performance.now() + rotationSeconds * 1000
      while (performance.now() < end) {
        for (const { serial } of await book.identities()) serials.add(serial ?? 'of another replica')
        await sleep(Math.min(10_000, Math.max(0, end - performance.now())))
      }
    })
    assert.equal(await brokenConnections(), before)
    // Seven proxies, renewed every half minute at the latest.
    assert.ok(serials.size >= 7 * Math.floor(rotationSeconds / 40), `${serials.size} certificates`)
  })

  /** Of all proxies so far: connections to others that ended while requests were under way on them. A retry would hide it. */
  async function brokenConnections(): Promise<number> {
    const pods = [...(await podsIn('default')), ...(await podsIn('mesh-system'))]
    const proxies = pods.filter(({ metadata }) => metadata.labels?.['app'] !== 'mesh-agent')
    const counts = await Promise.all(
      proxies.map(async ({ status }) => {
        const { podIP } = status as { readonly podIP: string }
        const text = await (await fetch(`http://${podIP}:${podPorts.metrics}/stats/prometheus`)).text()
        const found = [
          ...text.matchAll(
            /^envoy_cluster_\w*upstream_cx_destroy_(?:local|remote)_with_active_rq\{[^}]*"outbound[^}]*\} (\d+)$/gm,
          ),
        ]
        return found.map(([, count]) => Number(count))
      }),
    )
    // Those that call nobody count nothing; of the page and the reviews there is something to be counted.
    assert.ok(counts.filter(({ length }) => length > 0).length >= 4, `proxies that count: ${JSON.stringify(counts)}`)
    return counts.flat().reduce((sum, count) => sum + count, 0)
  }

  it('while the root is replaced, with both trusted in between', async () => {
    const rootsIn = async () =>
      (await kubectl('get', 'configmap', 'meshwright-trust', '-o', 'jsonpath={.data.ca\\.crt}')).trim()
    const before = await rootsIn()
    await underLoad('the root replaced', async () => {
      const { stderr } = await mesh('identity', 'rotate-root')
      console.log(stderr.replaceAll(/^(?=.)/gm, '# '))
      // The control plane's own certificate is of the new root: a proxy that comes again believes it by either.
      await restart('mesh-system', 'mesh-agent')
      await sleep(5_000)
    })
    const now = await rootsIn()
    assert.equal(now.match(/BEGIN CERTIFICATE/g)?.length, 1)
    assert.notEqual(now, before)
    // Proxies that start now trust the new root alone.
    await restart('default', 'details-v1')
    assert.equal((await fetch(book.page)).status, 200)
    await eventually('seven proxies with what is there now', async () => {
      const identities = await book.identities()
      return identities.length === 7 && identities.every(({ accepted }) => accepted)
    })
  })
})
