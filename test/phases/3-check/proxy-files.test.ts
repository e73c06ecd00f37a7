/** Certificates and keys that gateways name: what is said of each flaw, here and on another machine, and that Envoy agrees. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { verifyBootstraps } from '../../../src/cli/build/verify.ts'
import { type Compiled, compile } from '../../../src/compile.ts'
import { renderers } from '../../../src/diagnostics/renderers.ts'
import { allocate } from '../../../src/phases/4-emit/envoy/index.ts'
import { emitFiles } from '../../../src/phases/4-emit/targets.ts'
import { makeCertificate } from '../../golden/make-certificate.ts'
import { findTestEnvoy } from '../../support/find-test-envoy.ts'

const root = mkdtempSync(join(tmpdir(), 'mesh-files-'))
const kept = join(root, 'kept')
const hasOpenssl = [kept, join(kept, 'other')].every(folder => makeCertificate(folder))
const pem = (name: string) => readFileSync(join(kept, name), 'utf8')
after(() => rmSync(root, { recursive: true, force: true }))

interface Flawed {
  /** Files beside cert.pem and key.pem, by name; one that is undefined is taken away. */
  readonly files?: () => { readonly [name: string]: string | Uint8Array | undefined }
  readonly prepare?: (folder: string) => void
  readonly tls?: { readonly certificate?: string; readonly key?: string; readonly clientCa?: string }
  /** `field severity elsewhere → severity here: problem`; none: all is well. */
  readonly said?: string
  /** Does Envoy refuse it? Not asked where the machine's rights decide. */
  readonly isRefused?: boolean
}

const brokenPem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const encrypted = () =>
  spawnSync('openssl', ['pkey', '-in', join(kept, 'key.pem'), '-aes256', '-passout', 'pass:x'], { encoding: 'utf8' })
    .stdout

const cases: { readonly [what: string]: Flawed } = {
  'a pair that belongs together': { isRefused: false },
  'both in one file': {
    files: () => ({ 'both.pem': pem('cert.pem') + pem('key.pem') }),
    tls: { certificate: 'both.pem', key: 'both.pem' },
    isRefused: false,
  },
  'a chain, and authorities for clients': {
    files: () => ({ 'chain.pem': pem('cert.pem') + pem('other/cert.pem') }),
    tls: { certificate: 'chain.pem', clientCa: 'chain.pem' },
    isRefused: false,
  },
  'a link within the folder': {
    files: () => ({ 'key.pem': undefined, 'real-key.pem': pem('key.pem') }),
    prepare: folder => symlinkSync('real-key.pem', join(folder, 'key.pem')),
    isRefused: false,
  },
  'no certificate': {
    files: () => ({ 'cert.pem': undefined }),
    said: 'tls.certificate warning → error: is not there, or is no file',
    isRefused: true,
  },
  'no key': {
    files: () => ({ 'key.pem': undefined }),
    said: 'tls.key warning → error: is not there, or is no file',
    isRefused: true,
  },
  'a folder for a key': {
    tls: { key: '.' },
    said: 'tls.key warning → error: is not there, or is no file',
    isRefused: true,
  },
  'text that is no PEM': {
    files: () => ({ 'cert.pem': 'this is no certificate\n' }),
    said: 'tls.certificate error → error: is no PEM file',
    isRefused: true,
  },
  'an empty file': {
    files: () => ({ 'key.pem': '' }),
    said: 'tls.key error → error: is no PEM file',
    isRefused: true,
  },
  'a certificate in DER': {
    files: () => ({ 'cert.pem': Buffer.from(pem('cert.pem').replaceAll(/-----.*-----|\n/g, ''), 'base64') }),
    said: 'tls.certificate error → error: is no PEM file',
    isRefused: true,
  },
  'key and certificate the wrong way round': {
    tls: { certificate: 'key.pem', key: 'cert.pem' },
    said: 'tls.certificate error → error: holds no certificate | tls.key error → error: holds no private key',
    isRefused: true,
  },
  'a broken certificate': {
    files: () => ({ 'cert.pem': brokenPem }),
    said: 'tls.certificate error → error: holds a certificate that cannot be read',
    isRefused: true,
  },
  'a broken second one': {
    files: () => ({ 'cert.pem': pem('cert.pem') + brokenPem }),
    said: 'tls.certificate error → error: holds a certificate, number 2, that cannot be read',
    isRefused: true,
  },
  'half a key': {
    files: () => ({ 'key.pem': pem('key.pem').slice(0, 100) }),
    said: 'tls.key error → error: holds a private key that cannot be read',
    isRefused: true,
  },
  'a key behind a password': {
    files: () => ({ 'key.pem': encrypted() }),
    said: 'tls.key error → error: holds a key behind a password, which nobody tells the proxy',
    isRefused: true,
  },
  'another key': {
    files: () => ({ 'key.pem': pem('other/key.pem') }),
    said: 'tls.key error → error: holds a key that does not belong to the certificate',
    isRefused: true,
  },
  'a chain that begins with its authority': {
    files: () => ({ 'cert.pem': pem('other/cert.pem') + pem('cert.pem') }),
    said: 'tls.key error → error: holds a key that does not belong to the certificate',
    isRefused: true,
  },
  'broken authorities': {
    files: () => ({ 'ca.pem': brokenPem }),
    tls: { clientCa: 'ca.pem' },
    said: 'tls.clientCa error → error: holds a certificate that cannot be read',
    isRefused: true,
  },
  'a file that may not be read': {
    prepare: folder => chmodSync(join(folder, 'key.pem'), 0),
    said: process.getuid?.() === 0 ? '' : 'tls.key warning → error: may not be read',
  },
  'a huge file': {
    files: () => ({ 'cert.pem': `${pem('cert.pem')}${'\n'.repeat(3_000_000)}` }),
    said: 'tls.certificate error → error: is too large for a PEM file',
  },
  'what lies outside, and is not there': {
    tls: { certificate: '/no/such/cert.pem', key: '../no-such-key.pem' },
    said: 'tls.certificate → error: is not there, or is no file | tls.key → error: is not there, or is no file',
    isRefused: true,
  },
  'what lies outside, and is broken': {
    prepare: folder => writeFileSync(join(folder, '../outside.pem'), 'none\n'),
    tls: { certificate: '../outside.pem' },
    said: 'tls.certificate → error: is no PEM file',
    isRefused: true,
  },
  'what lies outside, and is whole': {
    tls: { certificate: join(kept, 'cert.pem'), key: join(kept, 'key.pem') },
    isRefused: false,
  },
}

function meshWith(tls: Flawed['tls'] = {}): string {
  const options = JSON.stringify({ certificate: 'cert.pem', key: 'key.pem', ...tls })
  return `import { expose, gateway, service } from 'meshwright'
export const web = service('web', { port: 80, versions: { v1: {} } })
export const exposed = expose(web, { on: gateway('front', { port: 8443, tls: ${options} }) })
`
}

function folderOf(what: string, { files, prepare, tls }: Flawed): string {
  const folder = join(root, what.replaceAll(/\W+/g, '-'), 'mesh')
  mkdirSync(folder, { recursive: true })
  for (const name of ['cert.pem', 'key.pem']) cpSync(join(kept, name), join(folder, name))
  for (const [name, content] of Object.entries(files?.() ?? {}))
    if (content === undefined) rmSync(join(folder, name))
    else writeFileSync(join(folder, name), content)
  prepare?.(folder)
  writeFileSync(join(folder, 'mesh.ts'), meshWith(tls))
  return folder
}

/** By field and problem: the severity. */
function findings({ diagnostics }: Compiled): Map<string, string> {
  return new Map(
    diagnostics.map(({ code, message, severity, span, help }) => {
      assert.equal(code, 'MW3112', message)
      assert.ok(span?.file === 'mesh.ts' && help)
      const [, field, problem] = /^Gateway "front": (\S+) \(spec\S+\): the file \S+ (.*)$/.exec(message) ?? []
      return [`${field}|${problem}`, severity]
    }),
  )
}

describe('certificates and keys of a gateway', { skip: hasOpenssl ? false : 'no openssl to make certificates' }, () => {
  for (const [what, flawed] of Object.entries(cases)) {
    it(`${what}: ${flawed.said ?? 'nothing to say'}`, async t => {
      const path = folderOf(what, flawed)
      // One after the other: each that runs beside another needs a type-checker of its own.
      const [there, here] = [await compile({ path }), await compile({ path, isLocal: true })]
      const [elsewhere, local] = [findings(there), findings(here)]
      const said = [...new Set([...elsewhere.keys(), ...local.keys()])].map(key => {
        const [field, problem] = key.split('|')
        return `${field} ${elsewhere.has(key) ? `${elsewhere.get(key)} ` : ''}→ ${local.get(key)}: ${problem}`
      })
      assert.equal(said.join(' | '), flawed.said ?? '')
      const text = renderers.text(here.diagnostics, { sources: here.loaded?.sources ?? new Map() })
      assert.doesNotMatch(text, /BEGIN .*KEY|AAAA|MII|MHc/, 'nothing of a file is printed')
      const envoy = findTestEnvoy()
      if (flawed.isRefused === undefined || envoy === undefined) return t.diagnostic('Envoy is not asked')
      const { resolved } = there
      const bootstraps = emitFiles({ resolved: resolved!, placement: allocate(resolved!.mesh) }, ['envoy'])
      const file = [...bootstraps.keys()].find(name => name.startsWith('envoy/ingress'))!
      const out = join(path, '../out')
      mkdirSync(join(out, 'envoy'), { recursive: true })
      writeFileSync(join(out, file), bootstraps.get(file)!)
      const refusals = await verifyBootstraps({ envoy, out, files: [file], root: path })
      assert.equal(refusals.length > 0, flawed.isRefused, refusals[0]?.message)
    })
  }

  for (const [today, problem] of [
    [
      '2000-01-01',
      /^Gateway "front": tls\.certificate \(\S+\): the certificate in cert\.pem begins only on \d{4}-\d\d-\d\d$/,
    ],
    [
      '2999-12-31',
      /^Gateway "front": tls\.certificate \(\S+\): the certificate in cert\.pem ended on \d{4}-\d\d-\d\d$/,
    ],
  ] as const)
    it(`warns of a certificate that holds on other days than ${today}`, async () => {
      const { diagnostics, isBroken } = await compile({ path: folderOf(`dated ${today}`, {}), today, isLocal: true })
      assert.deepEqual(
        [isBroken, diagnostics.map(({ code, severity }) => `${code} ${severity}`)],
        [false, ['MW3113 warning']],
      )
      assert.match(diagnostics[0]!.message, problem)
    })

  describe('in YAML', () => {
    let path = ''
    before(() => {
      path = folderOf('yaml', {})
      rmSync(join(path, 'mesh.ts'))
    })

    it('marks the file of each certificate, and leaves alone what is not served', async () => {
      const server = (port: number, protocol: string, tls: object) => ({
        port: { number: port, name: `p${port}`, protocol },
        hosts: ['shop.example'],
        tls,
      })
      const files = { serverCertificate: 'gone.pem', privateKey: 'key.pem' }
      const servers = [
        server(1, 'HTTPS', { mode: 'SIMPLE', tlsCertificates: [files] }),
        server(2, 'TLS', { mode: 'PASSTHROUGH', ...files }),
        server(3, 'HTTPS', {
          mode: 'SIMPLE',
          serverCertificate: 'cert.pem',
          privateKey: 'key.pem',
          caCertificates: 'gone.pem',
        }),
      ]
      const resource = {
        apiVersion: 'networking.istio.io/v1',
        kind: 'Gateway',
        metadata: { name: 'front' },
        spec: { servers },
      }
      writeFileSync(join(path, 'mesh.yaml'), JSON.stringify(resource))
      const { diagnostics } = await compile({ path })
      assert.deepEqual(
        diagnostics.filter(({ code }) => code === 'MW3112').map(({ message }) => message),
        [
          'Gateway "front": spec.servers[0].tls.tlsCertificates[0].serverCertificate: the file gone.pem is not there, or is no file',
        ],
      )
    })

    it('marks those of callers, of subsets and ports too', async () => {
      const pair = { clientCertificate: 'cert.pem', privateKey: 'key.pem' }
      const spec = {
        host: 'db.example',
        trafficPolicy: {
          tls: { mode: 'MUTUAL', ...pair, caCertificates: 'key.pem' },
          portLevelSettings: [{ port: { number: 1 }, tls: { mode: 'SIMPLE', caCrl: 'cert.pem' } }],
        },
        subsets: [
          { name: 'v1', trafficPolicy: { tls: { mode: 'MUTUAL', ...pair, privateKey: 'gone.pem' } } },
          { name: 'v2', trafficPolicy: { tls: { mode: 'DISABLE', caCertificates: 'gone.pem' } } },
        ],
      }
      const apiVersion = 'networking.istio.io/v1'
      const resource = { apiVersion, kind: 'DestinationRule', metadata: { name: 'db' }, spec }
      writeFileSync(join(path, 'mesh.yaml'), JSON.stringify(resource))
      const { diagnostics } = await compile({ path })
      const prefix = 'DestinationRule "db": spec'
      assert.deepEqual(
        diagnostics.filter(({ code }) => code === 'MW3112').map(({ message }) => message.replace(prefix, '')),
        [
          '.trafficPolicy.tls.caCertificates: the file key.pem holds no certificate',
          '.trafficPolicy.portLevelSettings[0].tls.caCrl: the file cert.pem holds no list of revoked certificates',
          '.subsets[0].trafficPolicy.tls.privateKey: the file gone.pem is not there, or is no file',
        ],
      )
    })
  })
})
