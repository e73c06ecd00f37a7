/**
 * A minute without any control plane, under load: what runs goes on with what it has, what is made meanwhile waits and says for
 * what, and all of it goes on once there is an agent again.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { startLoad } from '../../support/load.ts'
import { eventually } from '../../support/xds-server.ts'
import { askForMutualTls, type InstalledBookinfo, installedBookinfo, mesh } from '../bookinfo.ts'
import { cannotRun, kubectl, kubectlApply, stopCluster } from '../cluster.ts'

const skip = cannotRun() ?? false

/**
 * Life of certificates, s. A proxy that found nobody for a minute looks again after a quarter of a minute at most; all that time
 * its certificate has to last, of which so much may be over when the agent goes.
 */
const ttlSeconds = 180
const youngMs = 45_000
const goneMs = 60_000

interface Failed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

describe('a minute without a control plane', { skip }, () => {
  let book: InstalledBookinfo
  before(async () => {
    book = await installedBookinfo({ set: [`certificates.ttlSeconds=${ttlSeconds}`] })
    await askForMutualTls()
    await eventually('the page', async () => (await fetch(book.page)).status === 200)
  })
  after(async () => {
    book?.remove()
    await stopCluster()
  })

  /** Runs `mesh`, which is expected to find something wrong. */
  const failing = (...args: readonly string[]): Promise<Failed> =>
    mesh(...args).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      error => error as Failed,
    )
  const scale = (deployment: string, namespace: string, replicas: number) =>
    kubectl('scale', `deployment/${deployment}`, '-n', namespace, `--replicas=${replicas}`)

  /** A pod that has its proxy already, for a namespace in which no webhook adds any. */
  async function injectedPod(): Promise<object> {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'waiting', namespace: 'outside', labels: { app: 'waiting' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'app', image: 'toolbox:1', imagePullPolicy: 'IfNotPresent' }],
      },
    }
    const file = join(book.folder, 'waiting.json')
    writeFileSync(file, JSON.stringify(pod))
    const { stdout } = await mesh('inject', '-f', file, '--profile', 'demo')
    return parse(stdout) as object
  }

  it('loses no request, makes pods wait and say for what, and all goes on when it is back', async () => {
    await kubectl('create', 'namespace', 'outside')
    await eventually('the trust bundle', () =>
      kubectl('get', 'configmap', '-n', 'outside', 'meshwright-trust').catch(() => undefined),
    )
    const pod = await injectedPod()
    // All at once, so that they are young at the same time. Those that they replace are as young, and must have gone: where a proxy
    // has not heard of that, nobody tells it any more.
    const replaced = new Set((await book.identities()).map(({ serial }) => serial))
    await kubectl('rollout', 'restart', 'deployment', '-n', 'default')
    await kubectl('rollout', 'restart', 'deployment/mesh-ingressgateway', '-n', 'mesh-system')
    for (const namespace of ['default', 'mesh-system'])
      await kubectl('rollout', 'status', 'deployment', '-n', namespace, '--timeout=120s')
    const before = await eventually(
      'seven young certificates',
      async () => {
        const identities = await book.identities()
        const areYoung = identities.every(({ issuedAt, serial }) => {
          return Date.now() - issuedAt! < youngMs && !replaced.has(serial)
        })
        return areYoung && identities.length === 7 ? new Set(identities.map(({ serial }) => serial)) : undefined
      },
      10 * ttlSeconds * 1000,
    )
    assert.equal(before.size, 7)

    const loads = (['http1', 'http2'] as const).map(protocol =>
      startLoad({ url: book.page, perSecond: 25, protocol, expects: 'Simple Bookstore App' }),
    )
    const loadedAt = performance.now()
    const say = (what: string) => console.log(`# ${((performance.now() - loadedAt) / 1000).toFixed(1)} s: ${what}`)
    try {
      await scale('mesh-agent', 'mesh-system', 0)
      await kubectl('wait', '-n', 'mesh-system', '--for=delete', 'pod', '-l', 'app=mesh-agent', '--timeout=60s')
      const goneAt = performance.now()
      say('no agent runs')
      await scale('details-v1', 'default', 2)
      await kubectlApply(pod)
      await eventually(
        'the Deployment says why it has no second pod',
        async () => {
          const conditions = await kubectl(
            'get',
            'deployment',
            'details-v1',
            '-o',
            'jsonpath={.status.conditions[*].message}',
          )
          return /failed calling webhook "namespace\.mesh-injector\.meshwright\.dev".*mesh-agent/s.test(conditions)
        },
        60_000,
      )
      const described = await eventually(
        'mesh describe says what the pod waits for',
        async () => {
          const found = await failing('describe', 'pod', 'waiting', '-n', 'outside')
          return /its proxy waits for its first configuration from mesh-agent in mesh-system/.test(found.stdout)
            ? found
            : undefined
        },
        60_000,
      )
      assert.equal(described.code, 1)
      const { code, stderr } = await failing('status', '--cluster')
      assert.deepEqual([code, /no mesh-agent runs in namespace mesh-system/.test(stderr)], [2, true], stderr)
      await sleep(Math.max(0, goneMs - (performance.now() - goneAt)))
      const isReady = await kubectl(
        'get',
        'pod',
        'waiting',
        '-n',
        'outside',
        '-o',
        'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
      )
      assert.equal(isReady, 'False', 'it waits still')

      say('an agent is asked for')
      await scale('mesh-agent', 'mesh-system', 1)
      await kubectl('wait', '-n', 'outside', '--for=condition=Ready', 'pod/waiting', '--timeout=120s')
      await kubectl('wait', '--for=condition=Available', 'deployment/details-v1', '--timeout=120s')
      await eventually(
        'every proxy has another certificate',
        async () => {
          const now = await book.identities().catch(() => [])
          return now.length >= 9 && now.every(({ serial }) => serial !== null && !before.has(serial))
        },
        ttlSeconds * 1000,
      )
      say('every proxy has another certificate')
    } finally {
      const results = await Promise.all(loads.map(load => load.stop()))
      console.log(
        `# ${results.map(({ sent, failures }) => `${sent} requests, failed: ${JSON.stringify(Object.fromEntries(failures))}`)}`,
      )
      for (const { failures } of results) assert.deepEqual(Object.fromEntries(failures), {})
    }
  })
})
