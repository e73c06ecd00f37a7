import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { compile } from '../../../src/compile.ts'
import { allocate } from '../../../src/phases/4-emit/envoy/index.ts'
import { emitFiles, targetNames } from '../../../src/phases/4-emit/targets.ts'

const root = mkdtempSync(join(tmpdir(), 'mesh-build-'))
after(() => rmSync(root, { recursive: true }))

function copyOf(name: string): string {
  const folder = join(root, name)
  cpSync('examples/bookinfo', folder, { recursive: true })
  return folder
}

async function build(path: string): Promise<ReadonlyMap<string, string>> {
  const { resolved, diagnostics } = await compile({ path })
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  )
  return emitFiles({ resolved: resolved!, placement: allocate(resolved!.mesh) }, targetNames)
}

describe('a build', () => {
  test('gives the same bytes for the same input, wherever it lies', async () => {
    assert.deepEqual(await build(copyOf('once')), await build(copyOf('twice')))
  })

  test('is not touched by comments and positions', async () => {
    const folder = copyOf('commented')
    const before = await build(folder)
    const mesh = join(folder, 'mesh.ts')
    writeFileSync(mesh, `// A comment.\n\n\n${readFileSync(mesh, 'utf8').replaceAll('\n', '\n\n')}`)
    assert.deepEqual(await build(folder), before)
  })

  test('is not touched by the order of files', async () => {
    const folder = mkdtempSync(join(root, 'order-'))
    const service = (name: string) =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ name: http, port: 80 }] }\n`
    writeFileSync(join(folder, 'a.yaml'), service('first'))
    writeFileSync(join(folder, 'b.yaml'), service('second'))
    const before = await build(folder)
    renameSync(join(folder, 'a.yaml'), join(folder, 'z.yaml'))
    assert.deepEqual(await build(folder), before)
  })

  test('names every file in its digest', async () => {
    const files = await build(copyOf('digests'))
    const { files: named } = JSON.parse(files.get('digest.json')!) as { files: object }
    assert.deepEqual(Object.keys(named).sort(), [...files.keys()].filter(path => path !== 'digest.json').sort())
  })
})

describe('addresses', () => {
  test('are kept by what was there when a mesh grows', async () => {
    const folder = copyOf('grown')
    const first = await compile({ path: folder })
    const before = allocate(first.resolved!.mesh)
    const mesh = join(folder, 'mesh.ts')
    const added = "export const authors = service('authors', { port: 9080, versions: { v1: run('details') } })\n"
    writeFileSync(mesh, `${readFileSync(mesh, 'utf8')}\n${added}`)
    const grown = await compile({ path: folder, previous: first })
    const after = allocate(grown.resolved!.mesh, { previous: before })
    assert.equal(Object.keys(after.proxies).length, Object.keys(before.proxies).length + 1)
    for (const [name, proxy] of Object.entries(before.proxies)) assert.deepEqual(after.proxies[name], proxy)
    const addresses = Object.values(after.proxies).flatMap(({ inbound, outbound }) =>
      [...inbound, ...outbound].map(({ listen }) => `${listen.address}:${listen.port}`),
    )
    assert.equal(new Set(addresses).size, addresses.length)
  })

  test('are one object as long as nothing changes', async () => {
    const { resolved } = await compile({ path: 'examples/bookinfo' })
    const before = allocate(resolved!.mesh)
    assert.equal(allocate(resolved!.mesh, { previous: before }), before)
  })
})

describe('a mesh that is compiled again', () => {
  test('keeps the identity of what has not changed', async () => {
    const folder = copyOf('again')
    const first = await compile({ path: folder })
    const mesh = join(folder, 'mesh.ts')
    const text = readFileSync(mesh, 'utf8').replace('import { expose', 'import { otherwise, route, expose')
    writeFileSync(mesh, `${text}\nexport const all = route(reviews, [otherwise.to(reviews)])\n`)
    const second = await compile({ path: folder, previous: first })
    const [before, after] = [first.resolved!.mesh, second.resolved!.mesh]
    assert.notEqual(after.routings, before.routings)
    assert.equal(after.services, before.services)
    assert.equal(after.workloads, before.workloads)
    assert.equal(
      after.routings.find(({ name }) => name === 'productpage-bookinfo'),
      before.routings[0],
    )
  })
})
