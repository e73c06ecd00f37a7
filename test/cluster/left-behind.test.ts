/** What is easily forgotten: to say that pods get proxies, and what an uninstall leaves behind. On a real API server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { listOf } from '../../src/cluster/install/existing.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'

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

  it('pods get none where somebody says that they should not, and nothing is said', async () => {
    await apply("{ namespace: 'bare' }")
    for (const labels of [{ 'meshwright.dev/injection': 'disabled' }, { 'istio-injection': 'disabled' }]) {
      await setLabels('bare', { 'meshwright.dev/injection': null, 'istio-injection': null, ...labels })
      assert.doesNotMatch(await apply("{ namespace: 'bare' }"), /get no proxy/)
    }
  })

  it('an uninstall leaves definitions, which a later one purges; never those of an installation elsewhere', async () => {
    for (const kind of ['sidecars', 'destinationrules'])
      for (const namespace of ['shop', 'bare'])
        await admin.call('DELETE', `/apis/networking.istio.io/v1/namespaces/${namespace}/${kind}/web`).catch(() => {})
    const elsewhere = await mesh('uninstall', '--purge', '--system-namespace', 'kube-system')
    assert.equal(elsewhere.code, 2)
    assert.match(elsewhere.stderr, /there is no installation in kube-system/)
    assert.equal((await mesh('uninstall')).code, 0)
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
})
