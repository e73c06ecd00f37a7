import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { WorkloadSecrets } from '../../src/agent/workload-secrets.ts'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { chain } from '../support/snapshots.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

const domain = 'cluster.local'
const identity = { trustDomain: domain, namespace: 'default', serviceAccount: 'web' }
const snapshot = chain('r1', ['a'])
const hour = 3_600_000

interface Secret {
  readonly name: string
  readonly tls_certificate?: { certificate_chain: { inline_string: string }; private_key: { inline_string: string } }
  readonly validation_context?: { trusted_ca: { inline_string: string } }
}

function decode(resources: readonly { readonly body: Uint8Array }[]): Map<string, Secret> {
  const secrets = resources.map(({ body }) => loadCodec().decode('google.protobuf.Any', body) as unknown as Secret)
  return new Map(secrets.map(secret => [secret.name, secret]))
}

async function newAuthority(): Promise<CertificateAuthority> {
  return CertificateAuthority.load(await createAuthorityFiles(domain), domain)
}

/** A server that gives every proxy the identity of `web`. */
async function start(
  authority: CertificateAuthority,
  ttlMs = hour,
  more: Partial<ConstructorParameters<typeof WorkloadSecrets>[0]> = {},
) {
  const secrets = new WorkloadSecrets({
    authority,
    codec: loadCodec(),
    identityOf: ({ namespace }) => (namespace === 'default' ? identity : undefined),
    ttlMs,
    onError: (_, error) => assert.fail(error),
    ...more,
  })
  const server = await TestServer.start(snapshot, { secrets: request => secrets.open(request) })
  return { server, secrets }
}

for (const protocol of ['sotw', 'delta'] as const)
  describe(`secrets by ${protocol}`, () => {
    it('carry the identity that the caller was attested to have, and the roots', async () => {
      const authority = await newAuthority()
      const { server } = await start(authority)
      await using _ = server
      const client = server.client(protocol)
      client.send({ typeUrl: typeUrl.secret, names: ['default', 'ROOTCA'], nodeId })
      const secrets = decode((await client.next()).resources)
      const { certificate_chain, private_key } = secrets.get('default')!.tls_certificate!
      const certificate = new X509Certificate(certificate_chain.inline_string)
      assert.equal(certificate.subjectAltName, 'URI:spiffe://cluster.local/ns/default/sa/web')
      assert.match(private_key.inline_string, /PRIVATE KEY/)
      assert.equal(secrets.get('ROOTCA')!.validation_context!.trusted_ca.inline_string, authority.roots)
    })

    it('are another key for each stream', async () => {
      const { server } = await start(await newAuthority())
      await using _ = server
      const keyOf = async (id: string) => {
        const client = server.client(protocol)
        client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId: id })
        return decode((await client.next()).resources).get('default')!.tls_certificate!.private_key.inline_string
      }
      assert.notEqual(await keyOf(nodeId), await keyOf(nodeId.replace('web-1', 'web-2')))
    })

    it('are renewed in time, on the open stream', async () => {
      const { server, secrets } = await start(await newAuthority(), 4000)
      await using _ = server
      const client = server.client(protocol)
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
      const first = await client.next()
      client.ack(first, ['default'])
      const second = await client.next()
      assert.deepEqual([...decode(second.resources).keys()], ['default'])
      assert.notDeepEqual(second.resources[0]!.body, first.resources[0]!.body)
      assert.equal(secrets.identities().length, 1)
    })

    it('follow another authority: the roots at once, then a certificate of its own', async () => {
      const { server, secrets } = await start(await newAuthority())
      await using _ = server
      const client = server.client(protocol)
      client.send({ typeUrl: typeUrl.secret, names: ['default', 'ROOTCA'], nodeId })
      client.ack(await client.next(), ['default', 'ROOTCA'])
      const other = await newAuthority()
      secrets.use(other)
      const latest = new Map<string, Secret>()
      await eventually('both have come', async () => {
        const response = await client.next()
        client.ack(response, ['default', 'ROOTCA'])
        for (const [name, secret] of decode(response.resources)) latest.set(name, secret)
        return latest.size === 2
      })
      assert.equal(latest.get('ROOTCA')!.validation_context!.trusted_ca.inline_string, other.roots)
      const certificate = new X509Certificate(latest.get('default')!.tls_certificate!.certificate_chain.inline_string)
      assert.ok(certificate.verify(new X509Certificate(other.roots).publicKey))
    })

    it('are none of an authority that has expired, which is said once; those of another one come at once', async () => {
      const past = Date.now() - 11 * 365 * 24 * hour
      const expired = await CertificateAuthority.load(await createAuthorityFiles(domain, past), domain, past)
      const errors: string[] = []
      const { server, secrets } = await start(expired, hour, { onError: (_, { message }) => errors.push(message) })
      await using _ = server
      const clients = [nodeId, nodeId.replace('web-1', 'web-2')].map(id => {
        const client = server.client(protocol)
        client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId: id })
        return client
      })
      await eventually('an error', () => errors[0])
      for (const client of clients) assert.ok(await client.isSilent())
      assert.equal(errors.length, 1)
      assert.match(errors[0]!, /expired on/)
      secrets.use(await newAuthority())
      for (const client of clients) assert.equal((await client.next()).resources.length, 1)
    })

    it('are shown to nobody', async () => {
      const { server, secrets } = await start(await newAuthority())
      await using _ = server
      const client = server.client(protocol)
      client.send({ typeUrl: typeUrl.secret, names: ['default', 'ROOTCA'], nodeId })
      const response = await client.next()
      client.ack(response, ['default', 'ROOTCA'])
      await eventually('acked', () => server.of('acked')[0])
      const shown = JSON.stringify([
        server.events,
        server.server.proxies(),
        server.server.resources(nodeId),
        secrets.identities(),
      ])
      const { private_key, certificate_chain } = decode(response.resources).get('default')!.tls_certificate!
      for (const secret of [private_key, certificate_chain])
        assert.ok(!shown.includes(secret.inline_string.split('\n')[1]!), 'a line of it')
      assert.ok(!shown.includes('"body"'))
    })

    it('are not given to whom no identity is known of', async () => {
      const { server } = await start(await newAuthority())
      await using _ = server
      const client = server.client(protocol)
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId: nodeId.replace('.default~', '.other~') })
      if (protocol === 'sotw') assert.ok(await client.isSilent())
      else assert.deepEqual((await client.next()).removed, ['default'])
    })
  })

describe('a proxy that comes back, to another replica', () => {
  async function versionOf(server: TestServer): Promise<string> {
    const client = server.client('delta')
    client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
    const { resources } = await client.next()
    client.close()
    return resources[0]!.version!
  }

  it('keeps its certificate while that is young', async () => {
    const authority = await newAuthority()
    const { server: first } = await start(authority)
    await using _first = first
    const version = await versionOf(first)
    const { server: second, secrets } = await start(authority)
    await using _second = second
    const client = second.client('delta')
    client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId, initialVersions: { default: version } })
    await eventually('known', () => secrets.identities()[0])
    assert.ok(await client.isSilent())
    // Asked for once more, it is sent: a proxy may forget what it unsubscribes from.
    client.send({ typeUrl: typeUrl.secret, names: ['default'] })
    const again = await client.next()
    assert.deepEqual(
      again.resources.map(({ name }) => name),
      ['default'],
    )
    assert.notEqual(again.resources[0]!.version, version)
  })

  it('gets a key from here where it had one of its pod’s, and pods have none any more', async () => {
    const authority = await newAuthority()
    const { chain: text, serial, issuedAt, notAfter } = await authority.issueWorkload(identity, hour)
    const certificate = { chain: text, serial, issuedAt, notAfter, renewsAt: notAfter }
    const bundleOf = () => ({ file: '/keys/bundle.pem', folder: '/keys', certificate })
    const { server: first } = await start(authority, hour, { bundleOf })
    await using _first = first
    const version = await versionOf(first)
    assert.ok(version.endsWith(serial))
    const { server: second } = await start(authority)
    await using _second = second
    const client = second.client('delta')
    client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId, initialVersions: { default: version } })
    const { private_key } = decode((await client.next()).resources).get('default')!.tls_certificate!
    assert.match(private_key.inline_string, /PRIVATE KEY/)
  })

  it('gets another one where that is old, forged, of another identity or of another authority', async () => {
    const authority = await newAuthority()
    const { server } = await start(authority)
    await using _ = server
    const [signature, from, , serial] = (await versionOf(server)).split('.')
    const { server: foreign } = await start(await newAuthority())
    await using _foreign = foreign
    const old = [signature, Number(from) - 3000, Number(from) + 100, serial].join('.')
    const endless = [signature, from, Number(from) + 864_000, serial].join('.')
    const tomorrow = [signature, Number(from) + 86_400, Number(from) + 90_000, serial].join('.')
    for (const version of [
      old,
      endless,
      tomorrow,
      'garbage',
      `${'0'.repeat(16)}.1.99999999999.00`,
      await versionOf(foreign),
    ]) {
      const client = server.client('delta')
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId, initialVersions: { default: version } })
      assert.equal((await client.next()).resources.length, 1, version)
    }
  })
})
