/** What examples compile to, on a real API server that has our definitions: it takes every object, with each field of each kind. */
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { applyAll } from '../../src/cluster/apply.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'

const skip = cannotRunApi() ?? false

const documentsOf = (text: string) => parseAllDocuments(text).map(document => document.toJS() as Resource)

describe('examples, on a real API server', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  const out = mkdtempSync(join(tmpdir(), 'mesh-examples-'))

  /** @returns what the API server did not make as it was asked to */
  async function refused(resources: readonly Resource[]): Promise<readonly unknown[]> {
    const entries = await applyAll(admin, resources, { namespace: 'default', fieldManager: 'test' })
    return entries.filter(({ action }) => action !== 'created')
  }

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    const { stdout } = await meshIn(process.cwd(), ['crds', '--istio', '--gateway-api'])
    assert.deepEqual(await refused(documentsOf(stdout)), [])
  })
  after(async () => {
    rmSync(out, { recursive: true, force: true })
    await api?.stop()
  })

  for (const example of readdirSync('examples'))
    it(`of examples/${example}`, async () => {
      const folder = join(out, example)
      const { code, stderr } = await meshIn(process.cwd(), [
        'build',
        `examples/${example}`,
        '-o',
        folder,
        '--target',
        'istio,kubernetes',
      ])
      assert.equal(code, 0, stderr)
      const files = globSync('{kubernetes,istio}/**/*.yaml', { cwd: folder })
      const resources = files.flatMap(file => documentsOf(readFileSync(join(folder, file), 'utf8')))
      const [namespaces, others] = [true, false].map(is =>
        resources.filter(({ kind }) => (kind === 'Namespace') === is),
      )
      assert.deepEqual(await refused(namespaces!), [])
      const system = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } }
      if (example === 'api') assert.deepEqual(await refused([system]), [])
      assert.ok(others!.length > 5, `${others!.length} objects`)
      assert.deepEqual(await refused(others!), [])
    })
})
