import assert from 'node:assert/strict'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { load } from '../../../src/phases/1-load/load.ts'
import { withFolder } from './scratch.ts'

const web = "import { service } from 'meshwright'\nexport const web = service('web', { port: 80 })\n"
const object = (name: string) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`

async function codesOf(path: string): Promise<string[]> {
  return (await load({ path })).diagnostics.map(found => found.code)
}

async function namesOf(path: string, ignore: string[] = []): Promise<string[]> {
  const { value } = await load({ path, ignore })
  return [...new Set(value?.resources.map(({ resource }) => resource.metadata.name))]
}

describe('what is loaded', () => {
  it('reports a missing path and an empty folder', async () => {
    await withFolder({ 'notes.txt': 'x' }, async folder => {
      assert.deepEqual(await codesOf(join(folder, 'gone')), ['MW1001'])
      assert.deepEqual(await codesOf(folder), ['MW1002'])
      assert.deepEqual(await codesOf(join(folder, 'notes.txt')), ['MW1009'])
      symlinkSync('mesh.ts', join(folder, 'mesh.ts'))
      assert.deepEqual(await codesOf(folder), ['MW1002'])
    })
  })

  it('takes no folder above meshes for a mesh, and names what is one; unless mesh.config.ts says that it is one', async () => {
    const files = {
      'ci.yaml': 'on: push',
      'shop/mesh.ts': web,
      'teams/pay/mesh.ts': web,
      'node_modules/x/mesh.ts': web,
    }
    await withFolder(files, async folder => {
      const { value, diagnostics } = await load({ path: folder })
      assert.equal(value, undefined)
      assert.deepEqual(
        diagnostics.map(({ code, message }) => [code, message.replaceAll(folder, 'ROOT')]),
        [['MW1014', 'the folder "ROOT" is no mesh itself, but meshes are in ROOT/shop, ROOT/teams/pay']],
      )
      assert.deepEqual(await namesOf(join(folder, 'shop')), ['web'])
    })
    const others = {
      'a.yaml': object('a'),
      'src/mesh.ts': "import type { Point } from './point.ts'\nexport type Mesh = Point[]\n",
      'src/point.ts': web,
      'render/mesh.ts': "import { point } from './point.ts'\nexport const mesh = [point]\n",
      'render/point.ts': 'export const point = 1\n',
    }
    await withFolder(others, async folder => assert.deepEqual(await namesOf(folder), ['a']))
    const made = {
      ...others,
      'dist/shop/mesh.ts': web,
      'of-parts/mesh.ts': "export * from './a.ts'\n",
      'of-parts/a.ts': web,
    }
    const named = async (folder: string) =>
      (await load({ path: folder })).diagnostics.map(({ message }) => message.replaceAll(folder, 'ROOT'))
    await withFolder(made, async folder => assert.match((await named(folder)).join(), /meshes are in ROOT\/of-parts$/))
    await withFolder({ 'a.yaml': object('a'), 'dist/shop/mesh.ts': web }, async folder =>
      assert.match((await named(folder)).join(), /meshes are in ROOT\/dist\/shop$/),
    )
    const yaml = { 'a.yaml': object('a'), 'shop/mesh.ts': web }
    await withFolder({ ...yaml, 'mesh.config.ts': 'export default {}' }, async folder =>
      assert.deepEqual(await namesOf(folder), ['a']),
    )
    await withFolder({ ...yaml, 'mesh.ts': web }, async folder => assert.deepEqual(await namesOf(folder), ['web', 'a']))
  })

  it('takes mesh.ts and all YAML and JSON objects of a folder, less what is ignored', async () => {
    const files = {
      'mesh.ts': web,
      'a.yaml': object('a'),
      'deep/er/b.yml': object('b'),
      'node_modules/x/c.yaml': object('c'),
      '.git/d.yaml': object('d'),
      'out/e.yaml': object('e'),
      'skipped/f.yaml': object('f'),
      'g.json': '{"apiVersion":"v1","kind":"Service","metadata":{"name":"g"}}',
      'out/h.json': '{"apiVersion":"v1","kind":"Service","metadata":{"name":"h"}}',
      'package.json': '{"name":"mesh","type":"module"}',
      'schema.json': '{"properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"}}}',
      'list.json': '[{"apiVersion":"v1","kind":"Service","metadata":{"name":"fixture"}}]',
      'broken.json': '{"name":',
      'mesh.config.ts': "export default { ignore: ['./skipped'] }",
    }
    await withFolder(files, async folder => assert.deepEqual(await namesOf(folder, ['out']), ['web', 'a', 'b', 'g']))
  })

  it('reports a syntax error of JSON that means to be an object, rather than to leave it out', async () => {
    const files = { 'a.yaml': object('a'), 'b.json': '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": }' }
    await withFolder(files, async folder => assert.deepEqual(await codesOf(folder), ['MW1050']))
  })

  it('takes a file alone: TypeScript without the YAML beside it, and YAML without the TypeScript', async () => {
    await withFolder({ 'mesh.ts': 'export {}', 'canary.ts': web, 'a.yaml': object('a') }, async folder => {
      assert.deepEqual(await namesOf(join(folder, 'canary.ts')), ['web'])
      assert.deepEqual(await namesOf(join(folder, 'a.yaml')), ['a'])
      writeFileSync(
        join(folder, 'b.json'),
        '{\n\t"apiVersion": "v1",\n\t"kind": "Service",\n\t"metadata": { "name": "b" }\n}\n',
      )
      assert.deepEqual(await namesOf(join(folder, 'b.json')), ['b'])
    })
  })

  it('sees what any loaded module exports, and what that uses', async () => {
    const files = {
      'mesh.ts': `import './parts/shop.ts'\n${web}`,
      'parts/shop.ts': `import { service } from 'meshwright'
const db = service('db', { port: 1 })
export const shops = { all: ['s1', 's2'].map(name => service(name, { port: 2, calls: [db] })) }`,
    }
    await withFolder(files, async folder => {
      assert.deepEqual(await codesOf(folder), [])
      assert.deepEqual((await namesOf(folder)).filter(name => name.length < 4).sort(), ['db', 's1', 's2', 'web'])
    })
  })

  it('returns resources beside type errors', async () => {
    await withFolder({ 'mesh.ts': `${web}export const n: number = 'x'` }, async folder => {
      const { value, diagnostics } = await load({ path: folder })
      assert.deepEqual(
        diagnostics.map(found => [found.code, found.span?.line, found.span?.column]),
        [['MW1011', 3, 14]],
      )
      assert.ok((value?.resources.length ?? 0) > 0)
    })
  })

  it('reads a changed file again and keeps what the others gave', async () => {
    await withFolder({ 'a.yaml': object('a'), 'b.yaml': object('b') }, async folder => {
      const first = await load({ path: folder })
      writeFileSync(join(folder, 'b.yaml'), object('changed'))
      const second = await load({ path: folder })
      assert.deepEqual(
        second.value!.resources.map(({ resource }) => resource.metadata.name),
        ['a', 'changed'],
      )
      assert.equal(second.value!.resources[0], first.value!.resources[0])
    })
  })

  it('counts columns as editors do, in UTF-16 code units', async () => {
    await withFolder({ 'mesh.ts': `${web}/* 🎈ü */ export const n: number = 'x'; fetch('🎈')` }, async folder => {
      const { diagnostics } = await load({ path: folder })
      assert.deepEqual(
        diagnostics.map(found => [found.code, found.span?.column, found.span?.endColumn]),
        [
          ['MW1011', 24, 25],
          ['MW1030', 41, 46],
        ],
      )
    })
  })

  it('knows no parameters where there is no TypeScript', async () => {
    await withFolder({ 'a.yaml': object('a') }, async folder => {
      const { diagnostics } = await load({ path: folder, params: { env: 'prod' } })
      assert.deepEqual(
        diagnostics.map(found => found.code),
        ['MW1040'],
      )
    })
  })

  it('checks imported types that the bundler never sees', async () => {
    const files = {
      'mesh.ts': `import type { Name } from './types.ts'\nconst name: Name = 'other'\n${web}`,
      'types.ts': "export type Name = 'web'",
    }
    await withFolder(files, async folder => assert.deepEqual(await codesOf(folder), ['MW1011']))
  })

  it('says the same on each run', async () => {
    const files = { 'mesh.ts': `${web}fetch('x')\nlet n: number = 'a'`, 'b.yaml': 'kind: [', 'a.yaml': '\t- x' }
    await withFolder(files, async folder => {
      const first = await load({ path: folder })
      const second = await load({ path: folder })
      assert.deepEqual(second.diagnostics, first.diagnostics)
      assert.deepEqual([...second.value!.sources], [...first.value!.sources])
    })
  })

  it('gives parameters to the mesh by type', async () => {
    const mesh = `import { param, service } from 'meshwright'
export const web = service(param('name'), { port: param('port', { type: 'number' }) })`
    await withFolder({ 'mesh.ts': mesh }, async folder => {
      const { value, diagnostics } = await load({ path: folder, params: { name: 'given', port: '81' } })
      assert.deepEqual(diagnostics, [])
      const service = value!.resources.find(({ resource }) => resource.kind === 'Service')!.resource
      assert.equal(service.metadata.name, 'given')
      assert.equal((service.spec as { ports: { port: number }[] }).ports[0]!.port, 81)
    })
  })
})

describe('files that cannot be read', () => {
  it('refuses what is too large, in the right place', async () => {
    const large = 'x'.repeat(50_000_000)
    await withFolder(
      { 'mesh.ts': `import './large.ts'\n${web}`, 'large.ts': large, 'large.yaml': large },
      async folder => {
        const { diagnostics } = await load({ path: folder })
        assert.deepEqual(
          diagnostics.map(found => [found.code, found.span?.file, found.span?.column, found.message]),
          [
            ['MW1006', 'large.yaml', 1, '"large.yaml" has 50.0 MB, more than a source file may have'],
            ['MW1006', 'mesh.ts', 8, '"large.ts" has 50.0 MB, more than a source file may have'],
          ],
        )
      },
    )
  })

  it('refuses what is not UTF-8, at the line', async () => {
    const bytes = Buffer.concat([Buffer.from('// one\n// two\n// '), Buffer.from([0xff, 0xfe, 0x41])])
    await withFolder({ 'mesh.ts': bytes, 'a.yaml': bytes }, async folder => {
      const { diagnostics } = await load({ path: folder })
      assert.deepEqual(
        diagnostics.map(found => [found.code, found.span?.file, found.span?.line]),
        [
          ['MW1007', 'a.yaml', 3],
          ['MW1007', 'mesh.ts', 3],
        ],
      )
    })
  })

  it('follows links within the folder and refuses those that leave it', async () => {
    await withFolder({ 'mesh.ts': web, 'real/a.yaml': object('a') }, async folder => {
      symlinkSync('real/a.yaml', join(folder, 'copy.yaml'))
      symlinkSync('/etc/hostname', join(folder, 'host.yaml'))
      const { value, diagnostics } = await load({ path: folder })
      assert.deepEqual(
        diagnostics.map(found => [found.code, found.span?.file]),
        [['MW1005', 'host.yaml']],
      )
      assert.equal(value!.resources.filter(({ resource }) => resource.metadata.name === 'a').length, 2)
    })
  })
})
