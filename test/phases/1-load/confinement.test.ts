/** Secrets lie all around a mesh that tries every known way to read them; none may show in anything that load returns. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { renderers } from '../../../src/diagnostics/renderers.ts'
import { load } from '../../../src/phases/1-load/load.ts'
import type { LoadOptions } from '../../../src/phases/1-load/loaded.ts'
import { withFolder } from './scratch.ts'

const secret = 'tr0ub4dor'
const web = "import { service } from 'meshwright'\nexport const web = service('web', { port: 80 })\n"

/** All that load says and returns about a folder, as one text; the mesh's own sources left out. */
async function everything(options: LoadOptions): Promise<string> {
  const { value, diagnostics } = await load(options)
  const files = [...(value?.sources.keys() ?? [])]
  return [
    renderers.json(diagnostics),
    renderers.text(diagnostics, { sources: value?.sources ?? new Map() }),
    JSON.stringify(value?.resources),
    JSON.stringify(value?.config),
    ...files.map(file => `${file}: ${value?.sources.get(file)}`),
  ].join('\n')
}

/** By what is tried: the mesh's files; HOST stands for a folder outside, ENV for a name in the environment. */
const attempts: { readonly [name: string]: { readonly [file: string]: string } } = {
  'absolute JSON import': { 'mesh.ts': `import s from 'HOST/secret.json'\nconst n: number = s\n${web}` },
  'type import of a host file': {
    'mesh.ts': `import type s from 'HOST/secret.json'\nconst n: number = 1 as unknown as typeof s\n${web}`,
  },
  'import type expression': { 'mesh.ts': `const n: typeof import('HOST/secret.js') = 1\n${web}` },
  'JavaScript of the host': { 'mesh.ts': `import { key } from 'HOST/secret.js'\nconst n: number = key\n${web}` },
  'relative path outside': { 'mesh.ts': `import { key } from '../host/secret.ts'\nconst n: number = key\n${web}` },
  'type import outside': { 'mesh.ts': `import type { Key } from '../host/secret.ts'\nconst n: Key = 1\n${web}` },
  'reference path': { 'mesh.ts': `/// <reference path="HOST/secret.d.ts" />\nconst n: number = secretKey\n${web}` },
  'reference types': { 'mesh.ts': `/// <reference types="HOST/secret" />\n/// <reference types="node" />\n${web}` },
  'text import': { 'mesh.ts': `import s from 'HOST/secret.json' with { type: 'text' }\n${web}const n: number = s` },
  'text import of a file inside that links outside': {
    'mesh.ts': `import s from './link.json' with { type: 'text' }\n${web}`,
  },
  'symbolic link to a module': { 'mesh.ts': `import { key } from './link.ts'\nconst n: number = key\n${web}` },
  'symbolic link to a folder': { 'mesh.ts': `import { key } from './folder/secret.ts'\nconst n: number = key\n${web}` },
  'symbolic link to YAML': { 'mesh.ts': web },
  'tsconfig paths': {
    'mesh.ts': `import { key } from 'host'\nconst n: number = key\n${web}`,
    'tsconfig.json':
      '{"extends":"HOST/tsconfig.json","compilerOptions":{"allowJs":true,"paths":{"host":["HOST/secret.js"]},"typeRoots":["HOST"]}}',
    'package.json': '{"imports":{"#host":"HOST/secret.js"},"exports":{".":"HOST/secret.js"}}',
  },
  'node_modules in the tree': {
    'mesh.ts': `import { key } from 'evil'\nconst n: number = key\n${web}`,
    'node_modules/evil/package.json': '{"name":"evil","main":"HOST/secret.js","types":"HOST/secret.d.ts"}',
  },
  'file URL': { 'mesh.ts': `import s from 'file://HOST/secret.json'\n${web}` },
  environment: { 'mesh.ts': `const n: number = process.env['ENV']\n${web}` },
  'environment by an alias': {
    'mesh.ts': `const host = globalThis as unknown as { [n: string]: { env: { ENV: string } } }\nconst s = host['pro' + 'cess'].env.ENV\nimport { service } from 'meshwright'\nexport const w = service(s, { port: 80 })`,
  },
  'the constructor of a function': {
    'mesh.ts': `import { service } from 'meshwright'\nconst self = service.constructor('return this')()\nexport const w = service(String(self.process?.env?.ENV), { port: 80 })`,
  },
  'config of the mesh': {
    'mesh.ts': web,
    'mesh.config.ts': `import s from 'HOST/secret.json'\nexport default { namespace: s }`,
  },
}

/** What each attempt gets. */
const refusals: { readonly [name: string]: readonly string[] } = {
  'absolute JSON import': ['MW1022'],
  'type import of a host file': ['MW1022'],
  'import type expression': ['MW1022'],
  'JavaScript of the host': ['MW1022'],
  'relative path outside': ['MW1021'],
  'type import outside': ['MW1021'],
  'reference path': ['MW1011'],
  'reference types': ['MW1011'],
  'text import': ['MW1027'],
  'text import of a file inside that links outside': ['MW1026'],
  'symbolic link to a module': ['MW1005'],
  'symbolic link to a folder': ['MW1005'],
  'symbolic link to YAML': ['MW1005'],
  'tsconfig paths': ['MW1025'],
  'node_modules in the tree': ['MW1025'],
  'file URL': ['MW1023'],
  environment: ['MW1030'],
  'environment by an alias': ['MW1030'],
  'the constructor of a function': ['MW1030'],
  'config of the mesh': ['MW1022'],
}

describe('confinement', () => {
  process.env['MESH_TEST_SECRET'] = secret
  for (const [name, files] of Object.entries(attempts)) {
    it(name, () =>
      withFolder({}, async outside => {
        const host = join(outside, 'host')
        mkdirSync(host)
        writeFileSync(join(host, 'secret.json'), JSON.stringify({ [secret]: secret }))
        writeFileSync(join(host, 'secret.js'), `export const key = '${secret}'`)
        writeFileSync(join(host, 'secret.ts'), `export type Key = '${secret}'\nexport const key = '${secret}' as const`)
        writeFileSync(join(host, 'secret.d.ts'), `declare const secretKey: '${secret}'`)
        writeFileSync(join(host, 'secret.yaml'), `apiVersion: v1\nkind: Secret\nmetadata: {name: ${secret}}`)
        const root = join(outside, 'mesh')
        mkdirSync(root)
        for (const [link, target] of Object.entries({
          'link.ts': 'secret.ts',
          'link.json': 'secret.json',
          'link.yaml': 'secret.yaml',
        })) {
          symlinkSync(join(host, target), join(root, link))
        }
        symlinkSync(host, join(root, 'folder'))
        for (const [file, text] of Object.entries(files)) {
          mkdirSync(join(root, file, '..'), { recursive: true })
          writeFileSync(join(root, file), text.replaceAll('HOST', host).replaceAll('ENV', 'MESH_TEST_SECRET'))
        }
        const said = await everything({ path: root })
        assert.ok(!said.includes(secret), said)
        const codes = new Set(said.match(/(?<=^error\[)MW\d+/gm))
        // The refused link.yaml is in every folder; each attempt is refused besides.
        assert.deepEqual(
          [...codes].filter(code => code !== 'MW1005' || name.startsWith('symbolic')),
          refusals[name],
        )
      }),
    )
  }
})
