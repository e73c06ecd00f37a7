import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  AuthorityExpired,
  type AuthorityFiles,
  type AuthorityInvalid,
  CertificateAuthority,
  createAuthorityFiles,
} from '../../src/identity/certificate-authority.ts'
import { withoutOpenssl } from '../golden/make-certificate.ts'
import { companyFiles, ecKey, rsaKey } from '../support/company-authority.ts'
import { get, TestEnvoy } from '../support/envoy.ts'
import { httpListener, loadAssignment, routeTo } from '../support/envoy-json.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'

const domain = 'cluster.local'
const reviews = { trustDomain: domain, namespace: 'shop', serviceAccount: 'reviews' }
const hour = 3_600_000
const folder = mkdtempSync(join(tmpdir(), 'mesh-ca-'))
after(() => rmSync(folder, { recursive: true }))

function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What OpenSSL, at its strictest, makes of a chain under these roots. */
function verify(chain: string, roots: string, purpose: 'sslclient' | 'sslserver' = 'sslclient'): string {
  writeFileSync(join(folder, 'leaf.pem'), chain)
  writeFileSync(join(folder, 'chain.pem'), chain)
  writeFileSync(join(folder, 'roots.pem'), roots)
  const trust = ['-CAfile', 'roots.pem', '-untrusted', 'chain.pem']
  return openssl('verify', '-x509_strict', ...trust, '-purpose', purpose, 'leaf.pem')
}

describe('a certificate authority', { skip: withoutOpenssl }, () => {
  it('names workloads as SPIFFE does, and OpenSSL takes what it issues', async () => {
    const ca = await CertificateAuthority.load(await createAuthorityFiles(domain), domain)
    const issued = await ca.issueWorkload(reviews, hour)
    assert.match(verify(issued.chain, ca.roots), /OK/)
    const certificate = new X509Certificate(issued.chain)
    assert.equal(certificate.subjectAltName, 'URI:spiffe://cluster.local/ns/shop/sa/reviews')
    assert.equal(certificate.subject, undefined)
    assert.equal(certificate.ca, false)
    assert.equal(certificate.serialNumber.toLowerCase().padStart(32, '0'), issued.serial)
    assert.equal(Date.parse(certificate.validTo), issued.notAfter)
    // Clocks differ: it is valid from some minutes ago.
    assert.ok(Date.parse(certificate.validFrom) <= Date.now() - 9 * 60_000)
    const text = openssl('x509', '-in', 'leaf.pem', '-noout', '-text')
    assert.match(text, /Subject Alternative Name: critical/)
    assert.match(text, /Basic Constraints: critical\s+CA:FALSE\s+X509v3 Key Usage: critical\s+Digital Signature\n/)
    assert.match(text, /Extended Key Usage:\s+TLS Web Server Authentication, TLS Web Client Authentication\n/)
    const keyId = (found: string, of: string) =>
      new RegExp(`${of} Key Identifier:\\s+(?:keyid:)?([0-9A-F:]+)`).exec(found)?.[1]
    const root = openssl('x509', '-in', 'roots.pem', '-noout', '-text')
    assert.ok(keyId(text, 'Authority'))
    assert.equal(keyId(text, 'Authority'), keyId(root, 'Subject'))
  })

  it('gives every certificate a key and a serial of its own', async () => {
    const ca = await CertificateAuthority.load(await createAuthorityFiles(domain), domain)
    const [a, b] = [await ca.issueWorkload(reviews, hour), await ca.issueWorkload(reviews, hour)]
    assert.notEqual(a.serial, b.serial)
    assert.notEqual(a.key, b.key)
  })

  for (const [what, key] of [
    ['ECDSA', ecKey],
    ['RSA', rsaKey],
  ] as const)
    it(`of a company’s, with an intermediate that signs by ${what}`, async () => {
      const ca = await CertificateAuthority.load(companyFiles(folder, key), domain)
      const { chain } = await ca.issueWorkload(reviews, hour)
      assert.match(verify(chain, ca.roots), /OK/)
      assert.equal(chain.match(/BEGIN CERTIFICATE/g)?.length, 2)
      const server = await ca.issueServer(['mesh-agent.mesh-system.svc'], hour)
      assert.match(verify(server.chain, ca.roots, 'sslserver'), /OK/)
      assert.equal(new X509Certificate(server.chain).subjectAltName, 'DNS:mesh-agent.mesh-system.svc')
    })

  it('issues nothing once it has expired', async () => {
    const ca = await CertificateAuthority.load(companyFiles(folder, ecKey), domain)
    const expired = { constructor: AuthorityExpired, message: /^O=Company, CN=mesh expired on .*: it issues nothing$/ }
    await assert.rejects(ca.issueWorkload(reviews, hour, ca.notAfter), expired)
    await assert.rejects(ca.issueServer(['localhost'], hour, ca.notAfter), expired)
    assert.equal((await ca.issueWorkload(reviews, hour, ca.notAfter - 1000)).notAfter, ca.notAfter)
  })

  it('takes none for an authority that may not sign, or not so far down, and names it', async () => {
    const [ca, leaf] = ['basicConstraints=critical,CA:TRUE', 'basicConstraints=critical,CA:FALSE']
    const sign = 'keyUsage=critical,keyCertSign'
    const mid = '^AuthorityInvalid: O=Company, CN=mesh'
    const root = '^AuthorityInvalid: O=Company'
    const cases = [
      [{ intermediate: [leaf] }, `${mid} is no authority: its basic constraints lack CA:TRUE$`, 'chain'],
      [{ intermediate: [sign] }, `${mid} is no authority`, 'chain'],
      [{ intermediate: [ca, 'keyUsage=digitalSignature'] }, `${mid} may sign no certificates: its key usage`, 'chain'],
      [{ root: [`${ca},pathlen:0`, sign] }, `${root} allows 0 authorities below it, and here are 1$`, 'roots'],
    ] as const
    for (const [extensions, message, part] of cases)
      await assert.rejects(CertificateAuthority.load(companyFiles(folder, ecKey, extensions), domain), error => {
        assert.match(String(error), new RegExp(message))
        assert.equal((error as AuthorityInvalid).part, part)
        return true
      })
    for (const extensions of [{}, { root: [`${ca},pathlen:1`] }, { intermediate: [`${ca},pathlen:0`] }])
      await CertificateAuthority.load(companyFiles(folder, ecKey, extensions), domain)
  })

  it('issues nothing that lives longer than itself', async () => {
    const ca = await CertificateAuthority.load(companyFiles(folder, ecKey), domain)
    const { notAfter } = await ca.issueWorkload(reviews, 365 * 24 * hour)
    assert.equal(notAfter, ca.notAfter)
  })

  it('refuses names that are none, and those of another trust domain', async () => {
    const ca = await CertificateAuthority.load(await createAuthorityFiles(domain), domain)
    for (const id of [
      { ...reviews, trustDomain: 'evil.example' },
      { ...reviews, namespace: 'shop/sa/admin' },
      { ...reviews, serviceAccount: '' },
      { ...reviews, serviceAccount: 'a\u0000b' },
    ])
      await assert.rejects(ca.issueWorkload(id, hour), { name: 'AuthorityInvalid' })
  })

  it('says what is wrong with its files, and quotes no key', async () => {
    const good = companyFiles(folder, ecKey)
    const other = await createAuthorityFiles(domain)
    const cases: readonly [string, AuthorityFiles, RegExp][] = [
      ['another key', { ...good, key: other.key }, /the key is not the certificate's/],
      ['no key', { ...good, key: 'secret text' }, /the key can't be read/],
      ['a root that did not sign', { ...good, roots: other.roots }, /a certificate is missing/],
      ['no roots', { ...good, roots: '' }, /the roots hold no certificate/],
      ['garbage', { ...good, chain: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, /can't be read/],
    ]
    for (const [what, files, message] of cases)
      await assert.rejects(CertificateAuthority.load(files, domain), error => {
        assert.match(String(error), message, what)
        assert.doesNotMatch(String(error), /secret text|PRIVATE/)
        return true
      })
    const later = Date.now() + 10 * 24 * hour
    await assert.rejects(CertificateAuthority.load(good, domain, later), /expired on/)
    const tooEarly = CertificateAuthority.load(good, domain, Date.now() - hour)
    await assert.rejects(tooEarly, { message: /^O=Company, CN=mesh is not valid before 2/, part: 'chain' })
    // A clock that goes behind a little is not the authority's fault.
    await CertificateAuthority.load(good, domain, Date.now() - 60_000)
  })

  it('is believed by whoever trusts the root before it alone, for a day: OpenSSL and Envoy say so', async t => {
    const [old, next] = [await createAuthorityFiles(domain), await createAuthorityFiles(domain)]
    const bridge = await (await CertificateAuthority.load(old, domain)).bridgeTo(next.roots)
    const files = { ...next, roots: old.roots + next.roots, bridge }
    const ca = await CertificateAuthority.load(files, domain)
    const { chain, key } = await ca.issueServer(['localhost'], hour)
    for (const roots of [old.roots, next.roots, files.roots]) assert.match(verify(chain, roots), /OK/)
    const other = await createAuthorityFiles(domain)
    assert.throws(() => verify(chain, other.roots))
    // Others' certificates need none, and servers' none for longer than pods take to read their bundle.
    assert.equal((await ca.issueWorkload(reviews, hour)).chain.match(/BEGIN CERTIFICATE/g)?.length, 1)
    const tomorrow = await ca.issueServer(['localhost'], hour, Date.now() + 25 * hour)
    assert.equal(tomorrow.chain.match(/BEGIN CERTIFICATE/g)?.length, 1)
    if (withoutEnvoy !== false) return t.diagnostic(`not asked of Envoy: ${withoutEnvoy}`)
    for (const [roots, status] of [
      [old.roots, 200],
      [next.roots, 200],
      [other.roots, 503],
    ] as const)
      assert.equal(await statusThroughEnvoy({ cert: chain, key }, roots), status)
  })
})

/** What an Envoy answers that trusts these roots, and asks a server with this certificate. */
async function statusThroughEnvoy(tls: { readonly cert: string; readonly key: string }, roots: string) {
  const server = createServer(tls, (_, response) => response.end('here'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const own = await freePort()
  const cluster = {
    name: 'server',
    connect_timeout: '5s',
    load_assignment: loadAssignment('server', port),
    transport_socket: {
      name: 'tls',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        common_tls_context: { validation_context: { trusted_ca: { inline_string: roots } } },
      },
    },
  }
  const listener = httpListener('all', own, { inline: routeTo('all', 'server') })
  const envoy = new TestEnvoy({ statics: { listeners: [listener], clusters: [cluster] } })
  try {
    await envoy.live()
    return (await get({ port: own, path: '/' }))?.status
  } finally {
    await envoy[Symbol.asyncDispose]()
    server.close()
  }
}
