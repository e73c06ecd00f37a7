/** What is said of a Gateway's Secrets, by those that are among a mesh's files. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { compile } from '../../../src/compile.ts'
import { makeCertificate, withoutOpenssl } from '../../golden/make-certificate.ts'
import { withFolder } from '../1-load/scratch.ts'

interface Pair {
  readonly cert: string
  readonly key: string
}

const group = 'gateway.networking.k8s.io'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const secret = (name: string, content: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...content })

/** Of a Gateway whose one listener names `cert`, and which names what `tls` says. */
const cases: readonly {
  readonly does: string
  readonly secrets: (pair: Pair, other: Pair) => readonly object[]
  readonly tls?: object
  readonly says?: RegExp
}[] = [
  { does: 'nothing where Secrets are kept elsewhere', secrets: () => [] },
  {
    does: 'that one is not declared beside others',
    secrets: () => [secret('other', {})],
    says: /Secret "cert" in namespace "default" is not declared \(ResolvedRefs: False, InvalidCertificateRef\)/,
  },
  {
    does: 'nothing of one that holds a pair, as plain text',
    secrets: ({ cert, key }) => [secret('cert', { stringData: { 'tls.crt': cert, 'tls.key': key } })],
  },
  {
    does: 'nothing of one that holds a pair, in base64',
    secrets: ({ cert, key }) => [secret('cert', { data: { 'tls.crt': base64(cert), 'tls.key': base64(key) } })],
  },
  {
    does: 'that one holds no key',
    secrets: ({ cert }) => [secret('cert', { stringData: { 'tls.crt': cert } })],
    says: /Secret "cert" .* has neither tls\.key nor key \(ResolvedRefs: False, InvalidCertificateRef\)/,
  },
  {
    does: 'that one holds the key of another',
    secrets: ({ cert }, { key }) => [secret('cert', { stringData: { 'tls.crt': cert, 'tls.key': key } })],
    says: /Secret "cert" .* holds a key that does not belong to its certificate \(/,
  },
  {
    does: 'that one holds no authorities for clients',
    secrets: ({ cert, key }) => [secret('cert', { stringData: { 'tls.crt': cert, 'tls.key': key } })],
    tls: {
      frontend: { default: { validation: { caCertificateRefs: [{ group: '', kind: 'Secret', name: 'cert' }] } } },
    },
    says: /Secret "cert" .* has neither ca\.crt nor cacert \(ResolvedRefs: False, InvalidCACertificateRef\)/,
  },
  {
    does: 'that one is not declared that backends are to be shown',
    secrets: ({ cert, key }) => [secret('cert', { stringData: { 'tls.crt': cert, 'tls.key': key } })],
    tls: { backend: { clientCertificateRef: { name: 'client' } } },
    says: /Secret "client" .* is not declared \(ResolvedRefs: False, InvalidClientCertificateRef\)/,
  },
]

describe('of a Gateway’s Secrets is said', { skip: withoutOpenssl }, () => {
  for (const { does, secrets, tls, says } of cases)
    it(does, () =>
      withFolder({}, async folder => {
        const pairs = ['own', 'other'].map((name): Pair => {
          assert.ok(makeCertificate(join(folder, name)))
          const read = (file: string) => readFileSync(join(folder, name, file), 'utf8')
          return { cert: read('cert.pem'), key: read('key.pem') }
        })
        const gateway = {
          apiVersion: `${group}/v1`,
          kind: 'Gateway',
          metadata: { name: 'front' },
          spec: {
            gatewayClassName: 'meshwright',
            listeners: [
              { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } },
              { name: 'http', port: 80, protocol: 'HTTP' },
            ],
            ...(tls === undefined ? {} : { tls }),
          },
        }
        const all = [gateway, ...secrets(pairs[0]!, pairs[1]!)].map(each => JSON.stringify(each))
        await withFolder({ 'mesh.yaml': all.join('\n---\n') }, async path => {
          const { diagnostics } = await compile({ path, skipTypes: true })
          const unmet = diagnostics.filter(({ code }) => code === 'MW2111').map(({ message }) => message)
          if (says === undefined) assert.deepEqual(unmet, [])
          else {
            assert.equal(unmet.length, 1, unmet.join('\n'))
            assert.match(unmet[0]!, says)
          }
        })
      }),
    )
})
