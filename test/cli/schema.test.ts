/** `mesh schema` and `mesh crds`: what they print, and what they say of kinds that there are not. */
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { definedKinds, gatewayApiKinds } from '../../src/cluster/install/crds.ts'
import { kinds } from '../../src/kinds/index.ts'
import { meshOfFile } from './run-mesh.ts'

describe('schemas and definitions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-schema-'))
  after(() => rmSync(folder, { recursive: true }))
  const meshIn = meshOfFile()
  const mesh = (...args: readonly string[]) => meshIn(folder, args)
  const committed = (path: string) => readFileSync(join('schemas', path), 'utf8')

  it('prints the schema of a kind by any of its names', async () => {
    const words = ['VirtualService', 'virtualservices', 'vs', 'virtualservice.networking.istio.io']
    for (const { code, stdout } of await Promise.all(words.map(word => mesh('schema', word)))) {
      assert.equal(code, 0)
      assert.equal(stdout, committed('networking.istio.io/virtual-service.json'))
    }
  })

  it('prints all, and writes all', async () => {
    const { stdout } = await mesh('schema', '--all')
    const all = JSON.parse(stdout) as { readonly [path: string]: unknown }
    assert.equal(Object.keys(all).length, kinds.length)
    const { code, stderr } = await mesh('schema', '--all', '-o', 'out/schemas')
    assert.deepEqual([code, stderr], [0, `${kinds.length} schemas in out/schemas\n`])
    const written = globSync('**/*.json', { cwd: join(folder, 'out/schemas') })
    assert.deepEqual(written.sort(), Object.keys(all).sort())
    for (const path of written)
      assert.equal(readFileSync(join(folder, 'out/schemas', path), 'utf8'), committed(path), path)
  })

  it('prints definitions of all kinds, or of some', async () => {
    const kindsIn = async (...words: readonly string[]) =>
      parseAllDocuments((await mesh('crds', ...words)).stdout).map(
        document => (document.toJS() as { spec: { names: { kind: string } } }).spec.names.kind,
      )
    assert.deepEqual(
      await kindsIn(),
      definedKinds.map(({ kind }) => kind),
    )
    assert.deepEqual(await kindsIn('--istio'), await kindsIn())
    assert.deepEqual(await kindsIn('--gateway-api', 'gtw', 'httproutes'), ['Gateway', 'HTTPRoute'])
    assert.equal((await kindsIn('--istio', '--gateway-api')).length, definedKinds.length + gatewayApiKinds.length)
    assert.deepEqual(await kindsIn('telemetries', 'dr', 'Telemetry'), ['Telemetry', 'DestinationRule'])
  })

  it('says which kind was meant, and which there are', async () => {
    const misspelt = await mesh('schema', 'VirtualServce')
    assert.equal(misspelt.code, 2)
    assert.match(misspelt.stderr, /error\[MW8009\]: "VirtualServce" is no kind.*\n.*did you mean VirtualService\?/)
    // The API server has Services without anybody's definition.
    assert.match((await mesh('crds', 'Service')).stderr, /"Service" is no kind.*\n.*the kinds are .*VirtualService/)
    assert.match((await mesh('schema')).stderr, /takes a kind, or --all/)
    assert.match(
      (await mesh('schema', '--all', '-o', 'out/schemas/core/service.json')).stderr,
      /error\[MW8012\]: .*can’t be written/,
    )
  })
})
