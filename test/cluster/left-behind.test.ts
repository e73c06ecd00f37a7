/** What is easily forgotten: to say that pods get proxies, and what an uninstall leaves behind. On a real API server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { listOf } from '../../src/cluster/install/existing.ts'
import { waitReady } from '../../src/cluster/install/wait-ready.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { eventually } from '../support/xds-server.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { crd } from './objects.ts'

const skip = cannotRunApi() ?? false

describe('what is easily forgotten', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-forgotten-'))
  let api: ApiServer
  let admin: ClusterClient
  let env: Record<string, string>

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    env = { KUBECONFIG: api.kubeconfig() }
    writeFileSync(
      join(folder, 'mesh.ts'),
      "import { service } from 'meshwright'\nexport const web = service('web', { port: 80, versions: { v1: {} } })\n",
    )
  })
  after(async () => {
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  const mesh = (...args: string[]) => meshIn(folder, args, env)
  const apply = async (config: string) => {
    writeFileSync(join(folder, 'mesh.config.ts'), `export default ${config}\n`)
    const { code, stderr } = await mesh('apply')
    assert.equal(code, 0, stderr)
    return stderr
  }
  const setLabels = (name: string, labels: object) =>
    admin.call('PATCH', `/api/v1/namespaces/${name}`, {
      body: { metadata: { labels } },
      contentType: 'application/merge-patch+json',
    })

  it('nothing is applied to a cluster that lacks a kind of the mesh, which is said before', async () => {
    writeFileSync(join(folder, 'mesh.config.ts'), "export default { namespace: 'shop' }\n")
    for (const args of [['apply'], ['apply', '--dry-run'], ['diff']]) {
      const { code, stderr } = await mesh(...args)
      assert.equal(code, 2)
      assert.match(stderr, /this cluster does not know DestinationRule, Sidecar; nothing was applied/)
      assert.match(stderr, /install the mesh first/)
    }
    await assert.rejects(admin.call('GET', '/api/v1/namespaces/shop'), /not found/)
  })

  it('no proxies are spoken of where there is no control plane, or nothing that runs', async () => {
    // Nothing runs here, so it ends with saying that nothing comes up.
    const installed = () => mesh('install', '--profile', 'minimal', '--wait', '0')
    assert.match((await installed()).stderr, /not everything runs/)
    await admin.call('DELETE', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/mesh-injector')
    assert.doesNotMatch(await apply("{ namespace: 'shop' }"), /proxy/)
    await installed()
  })

  it('pods get no proxy where nobody says that they should, which is said with what to do', async () => {
    const said = await apply("{ namespace: 'shop' }")
    assert.match(
      said,
      /pods of namespace shop get no proxy: set injection: true in mesh\.config\.ts, or `kubectl label/,
    )
    await apply("{ namespace: 'shop', injection: true }")
    const { metadata } = (await admin.call('GET', '/api/v1/namespaces/shop')) as ApiObject
    assert.equal(metadata.labels?.['meshwright.dev/injection'], 'enabled')
    assert.doesNotMatch(await apply("{ namespace: 'shop', injection: true }"), /get no proxy/)
  })

  it('what an earlier apply made and the mesh has no more is named, and only that', async () => {
    const source =
      "import { mtls, service } from 'meshwright'\nexport const web = service('web', { port: 80, versions: { v1: {} } })\n"
    writeFileSync(join(folder, 'mesh.ts'), `${source}export const strict = mtls('STRICT')\n`)
    assert.doesNotMatch(await apply("{ namespace: 'shop', injection: true }"), /earlier apply/)
    writeFileSync(join(folder, 'mesh.ts'), source.replace('mtls, ', ''))
    const left =
      /1 resource of an earlier apply, not of this mesh, left as it is: shop peerauthentication\.security\.istio\.io\/default\./
    assert.match(await apply("{ namespace: 'shop', injection: true }"), left)
    const diff = await mesh('diff')
    assert.equal(diff.code, 0)
    assert.match(diff.stderr, left)
    await admin.call('DELETE', '/apis/security.istio.io/v1/namespaces/shop/peerauthentications/default')
    assert.doesNotMatch((await mesh('diff')).stderr, /earlier apply/)
  })

  it('pods get none where somebody says that they should not, and nothing is said', async () => {
    await apply("{ namespace: 'bare' }")
    for (const labels of [{ 'meshwright.dev/injection': 'disabled' }, { 'istio-injection': 'disabled' }]) {
      await setLabels('bare', { 'meshwright.dev/injection': null, 'istio-injection': null, ...labels })
      assert.doesNotMatch(await apply("{ namespace: 'bare' }"), /get no proxy/)
    }
  })

  it('an installation is not said to run before the API server believes its webhooks', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
    const webhook = {
      name: 'a.example.com',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    }
    const apiVersion = 'admissionregistration.k8s.io/v1'
    const configuration = { apiVersion, kind: 'MutatingWebhookConfiguration', metadata: { name: 'believed' } }
    await admin.call('POST', path, { body: { ...configuration, webhooks: [webhook] } })
    const said: string[] = []
    const wait = (timeoutMs: number) =>
      waitReady(admin, [configuration], { timeoutMs, onProgress: line => said.push(line) })
    assert.match((await wait(0)).join(), /^no agent has written yet by whom believed is vouched for$/)
    const later = wait(30_000)
    const { roots } = await CertificateAuthority.load(await createAuthorityFiles('test.example'), 'test.example')
    await admin.call('PATCH', `${path}/believed`, {
      contentType: 'application/merge-patch+json',
      body: { webhooks: [{ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle: btoa(roots) } }] },
    })
    assert.deepEqual(await later, [])
    assert.deepEqual([...new Set(said)], ['waiting for the authority of believed'])
    await admin.call('DELETE', `${path}/believed`)
  })

  it('an uninstall leaves definitions, which a later one purges; never those of an installation elsewhere', async () => {
    for (const kind of ['sidecars', 'destinationrules'])
      for (const namespace of ['shop', 'bare'])
        await admin.call('DELETE', `/apis/networking.istio.io/v1/namespaces/${namespace}/${kind}/web`).catch(() => {})
    const elsewhere = await mesh('uninstall', '--purge', '--system-namespace', 'kube-system')
    assert.equal(elsewhere.code, 2)
    assert.match(elsewhere.stderr, /there is no installation in kube-system/)
    const leases = '/apis/coordination.k8s.io/v1/namespaces/mesh-system/leases'
    const lease = { metadata: { name: 'mesh-agent' }, spec: { holderIdentity: 'an agent that is gone' } }
    await admin.call('POST', leases, { body: lease })
    assert.equal((await mesh('uninstall')).code, 0)
    assert.equal(await admin.find(`${leases}/mesh-agent`), undefined, 'the next installation waits for nobody')
    const notOurs = await mesh('uninstall', '--purge', '--system-namespace', 'shop')
    assert.equal(notOurs.code, 2)
    assert.equal(
      ((await admin.call('GET', '/api/v1/namespaces/shop')) as ApiObject).metadata.deletionTimestamp,
      undefined,
    )
    const purged = await mesh('uninstall', '--purge')
    assert.equal(purged.code, 0, purged.stderr)
    assert.match(purged.stderr, /nothing of Meshwright is left/)
    const left = await listOf(admin, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
    assert.deepEqual(
      left.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name),
      [],
    )
  })

  it('a namespace that was there before is used, and stays when all of ours in it is purged', async () => {
    await admin.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'ops', labels: { team: 'a' } } } })
    const secrets = '/api/v1/namespaces/ops/secrets'
    const made = await mesh('install', '--profile', 'minimal', '--set', 'namespace=ops', '--wait', '0')
    assert.match(made.stderr, /not everything runs/)
    for (const name of ['mesh-ca', 'theirs']) await admin.call('POST', secrets, { body: { metadata: { name } } })
    const purged = await mesh('uninstall', '--purge', '--system-namespace', 'ops')
    assert.equal(purged.code, 0, purged.stderr)
    const { metadata } = (await admin.call('GET', '/api/v1/namespaces/ops')) as ApiObject
    assert.equal(metadata.deletionTimestamp, undefined)
    assert.deepEqual(metadata.labels, { team: 'a', 'kubernetes.io/metadata.name': 'ops' })
    assert.deepEqual(
      // No controller of the cluster's finishes deletions here.
      (await listOf(admin, secrets)).flatMap(({ metadata: { name, deletionTimestamp } }) =>
        deletionTimestamp === undefined ? [name] : [],
      ),
      ['theirs'],
    )
  })

  it('an installation beside Istio is purged whatever resources Istio has: it takes none of their definitions', async () => {
    const definition = crd('virtualservices.networking.istio.io', 'VirtualService')
    await eventually('the old definitions are gone', async () => {
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
      return (await listOf(admin, path)).length === 0
    })
    await admin.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: definition })
    const body = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'theirs' } }
    const path = '/apis/networking.istio.io/v1/namespaces/default/virtualservices'
    await eventually('it is served', () => admin.call('POST', path, { body }).catch(() => undefined))
    await mesh('install', '--profile', 'minimal', '--target', 'istio', '--set', 'namespace=ops', '--wait', '0')
    const purged = await mesh('uninstall', '--purge', '--system-namespace', 'ops')
    assert.equal(purged.code, 0, purged.stderr)
    assert.ok(await admin.call('GET', `${path}/theirs`))
  })
})
