/** What users may get wrong, one row each: the mesh's files, and what `mesh check` must say about them. */

type Files = { readonly [path: string]: string | Uint8Array }

export interface BadInput {
  readonly name: string
  /** Made only when the test runs: some are large. */
  readonly files: () => Files
  readonly code: string
  /** `file:line:column`; undefined where no line of the author's is wrong. */
  readonly place: string | undefined
  /** What the message must name. */
  readonly names?: RegExp
}

const head = "import { expose, gateway, kubernetes, otherwise, route, service } from 'meshwright'\n"
const web = "export const web = service('web', { port: 80, versions: { v1: {} } })\n"

/** A mesh.ts whose wrong lines begin at line 3. */
const mesh =
  (wrong: string, others: Files = {}) =>
  (): Files => ({ 'mesh.ts': `${head}${web}${wrong}\n`, ...others })

const yaml = (file: string, text: string | Uint8Array) => (): Files => ({ [file]: text })

const serviceYaml = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  ports: [{ name: http, port: 80 }]\n`

/** Each anchor holds ten of the one before: 10^9 values when written out. */
function billionLaughs(): string {
  const lines = ['a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]']
  for (let level = 1; level <= 100; level++) {
    const aliases = Array(10)
      .fill(`*a${level - 1}`)
      .join(', ')
    lines.push(`a${level}: &a${level} [${aliases}]`)
  }
  return `${lines.join('\n')}\n`
}

export const badInputs: readonly BadInput[] = [
  { name: 'a syntax error', files: mesh('export const api = service('), code: 'MW1010', place: 'mesh.ts:4:1' },
  {
    name: 'a type error',
    files: mesh("export const api = service('api', { port: '80' })"),
    code: 'MW1011',
    place: 'mesh.ts:3:37',
  },
  {
    name: 'an import outside the folder',
    files: mesh("import { port } from '../other/ports.ts'"),
    code: 'MW1021',
    place: 'mesh.ts:3:22',
  },
  {
    name: 'an import as text',
    files: mesh("import text from './notes.ts' with { type: 'text' }\nexport const api = service(text, { port: 80 })", {
      'notes.ts': 'export {}',
    }),
    code: 'MW1027',
    place: 'mesh.ts:3:18',
  },
  { name: 'an absolute path', files: mesh("import '/etc/hosts.ts'"), code: 'MW1022', place: 'mesh.ts:3:8' },
  {
    name: 'a host file imported as JSON',
    files: mesh("import host from '/etc/hostname.json'"),
    code: 'MW1022',
    place: 'mesh.ts:3:18',
  },
  {
    name: 'a host file imported as JavaScript',
    files: mesh("import { host } from '/usr/lib/node_modules/npm/index.js'"),
    code: 'MW1022',
    place: 'mesh.ts:3:22',
  },
  { name: 'process', files: mesh('const home = process.env.HOME'), code: 'MW1030', place: 'mesh.ts:3:14' },
  { name: 'fetch', files: mesh("fetch('http://localhost')"), code: 'MW1030', place: 'mesh.ts:3:1' },
  { name: 'Date.now()', files: mesh('const now = Date.now()'), code: 'MW1030', place: 'mesh.ts:3:13' },
  {
    name: 'an endless loop',
    files: mesh('function search(): string {\n  for (;;) {}\n}\nsearch()'),
    code: 'MW1032',
    place: 'mesh.ts:3:1',
  },
  {
    name: 'an allocation of 1 GB',
    files: mesh('const all: number[][] = []\nfor (let i = 0; i < 1000; i++) all.push(new Array(131_072).fill(i))'),
    code: 'MW1033',
    place: 'mesh.ts:4:60',
  },
  {
    name: 'deep recursion',
    files: mesh('const deep = (level: number): number => 1 + deep(level + 1)\ndeep(0)'),
    code: 'MW1034',
    place: 'mesh.ts:3:45',
  },
  {
    name: 'a throw',
    files: mesh("throw new Error('no luck')"),
    code: 'MW1031',
    place: 'mesh.ts:3:11',
    names: /no luck/,
  },
  {
    name: 'a cycle that meets an uninitialised binding',
    files: mesh("import { api } from './api.ts'\nexport const front = service('front', { port: 80, calls: [api] })", {
      'api.ts':
        "import { service } from 'meshwright'\nimport { front } from './mesh.ts'\nexport const api = service('api', { port: 80, calls: [front] })\n",
    }),
    code: 'MW1035',
    place: 'api.ts:3:55',
    names: /"front"/,
  },
  {
    name: 'no declaration',
    files: () => ({ 'mesh.ts': 'export const port = 80\n' }),
    code: 'MW1003',
    place: 'mesh.ts:1:1',
  },
  { name: 'an empty folder', files: () => ({}), code: 'MW1002', place: undefined },
  {
    name: 'a name that is no DNS label',
    files: mesh("export const api = service('My_API', { port: 80 })"),
    code: 'MW2001',
    place: 'mesh.ts:3:28',
    names: /My_API/,
  },
  {
    name: 'a name that is no DNS label, of a service that stands for many resources',
    files: mesh(
      "export const api = service('My_API', { port: 80, versions: { v1: { command: ['true'] } }, calls: [web] })\nexport const r = route(api, [otherwise.to(api.v1)])",
    ),
    code: 'MW2001',
    place: 'mesh.ts:3:28',
    names: /My_API/,
  },
  {
    name: 'a name with more than 63 characters',
    files: mesh(
      `export const api = service('${'a'.repeat(64)}', { port: 80, versions: { v1: { command: ['true'] } } })`,
    ),
    code: 'MW2001',
    place: 'mesh.ts:3:28',
  },
  {
    name: 'a namespace that is no DNS label',
    files: mesh(
      "export const api = service('api', { port: 80, namespace: 'My_NS', versions: { v1: { command: ['true'] } } })",
    ),
    code: 'MW2001',
    place: 'mesh.ts:3:58',
    names: /My_NS/,
  },
  {
    name: 'a parameter without a value',
    files: () => ({
      'mesh.ts':
        "import { param, service } from 'meshwright'\nexport const api = service(param('name'), { port: 80 })\n",
    }),
    code: 'MW1041',
    place: 'mesh.ts:2:28',
    names: /"name"/,
  },
  {
    name: 'an object that contains itself',
    files: mesh(
      "const labels: { [key: string]: string } = {}\nObject.assign(labels, { self: labels })\nexport const s = kubernetes.service({ metadata: { name: 's', labels } })",
    ),
    code: 'MW1039',
    place: 'mesh.ts:5:62',
    names: /contains itself/,
  },
  {
    name: 'a function in a resource',
    files: mesh("export const s = kubernetes.service({ metadata: { name: 's', labels: { a: (() => 1) as never } } })"),
    code: 'MW1039',
    place: 'mesh.ts:3:75',
    names: /a function/,
  },
  {
    name: 'a text that is thrown',
    files: mesh("throw 'no luck'"),
    code: 'MW1031',
    place: 'mesh.ts:1:1',
    names: /no luck/,
  },
  {
    name: 'duplicate resources',
    files: mesh('', { 'web.yaml': serviceYaml('web') }),
    code: 'MW2101',
    place: 'web.yaml:4:9',
    names: /"web"/,
  },
  {
    name: 'a route to nothing',
    files: mesh('', {
      'route.yaml':
        'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: web\nspec:\n  hosts: [web]\n  http:\n    - timeout: 1s\n      route:\n        - destination: { host: nothing }\n',
    }),
    code: 'unknown-host',
    place: 'route.yaml:10:32',
    names: /nothing/,
  },
  {
    name: 'a tab in YAML',
    files: yaml('web.yaml', serviceYaml('web').replace('  name', '\tname')),
    code: 'MW1051',
    place: 'web.yaml:4:1',
  },
  {
    name: 'a namespace in YAML that is no DNS label',
    files: yaml('web.yaml', serviceYaml('web').replace('spec:', '  namespace: My_NS\nspec:')),
    code: 'MW2002',
    place: 'web.yaml:5:14',
    names: /My_NS/,
  },
  { name: 'a billion laughs', files: yaml('lol.yaml', billionLaughs()), code: 'MW1053', place: 'lol.yaml:2:10' },
  {
    name: 'YAML with 20,000 aliases',
    files: yaml('web.yaml', `${serviceYaml('web')}---\na: &a x\nb: [${Array(20_000).fill('*a').join(', ')}]\n`),
    code: 'MW1053',
    place: 'web.yaml:9:5',
  },
  {
    name: 'YAML that nests 20,000 lists',
    files: yaml('deep.yaml', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`),
    code: 'MW1054',
    place: 'deep.yaml:1:1',
  },
  {
    name: 'YAML of 50 MB',
    files: () => ({ 'large.yaml': `# ${'x'.repeat(50_000_000)}\n` }),
    code: 'MW1006',
    place: 'large.yaml:1:1',
    names: /50\.0 MB/,
  },
  {
    name: 'a module of 50 MB',
    files: () => mesh("import './large.ts'", { 'large.ts': `// ${'x'.repeat(50_000_000)}\n` })(),
    code: 'MW1006',
    place: 'mesh.ts:3:8',
    names: /50\.0 MB/,
  },
  {
    name: 'YAML that is not UTF-8',
    files: yaml('web.yaml', Buffer.concat([Buffer.from(serviceYaml('web')), Buffer.from('# caf\xe9\n', 'latin1')])),
    code: 'MW1007',
    place: 'web.yaml:7:1',
  },
  {
    name: 'a module that is not UTF-8',
    files: () => ({ 'mesh.ts': Buffer.from(`${head}${web}// caf\xe9\n`, 'latin1') }),
    code: 'MW1007',
    place: 'mesh.ts:3:1',
  },
  {
    name: 'a certificate that is none',
    files: mesh(
      "export const https = expose(web, { on: gateway('a', { port: 8443, tls: { certificate: 'a.pem', key: '/k.pem' } }) })",
      { 'a.pem': 'none' },
    ),
    code: 'MW3112',
    place: 'mesh.ts:3:87',
    names: /tls\.certificate .*a\.pem is no PEM file/,
  },
]
