/** The mesh's authority as it lies in a cluster: complete or not, changed, broken or gone while agents run. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { findAuthority } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { type AuthorityFiles, CertificateAuthority } from '../../src/identity/certificate-authority.ts'
import { startMesh } from '../cli/run-mesh.ts'
import { companyFiles, ecKey, rsaKey } from '../support/company-authority.ts'
import { eventually } from '../support/xds-server.ts'
import { agentKubeconfig, install, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { forbidConfigMaps, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const domain = 'cluster.local'

describe('the authority, in a cluster', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-authority-'))
  let api: ApiServer
  let admin: ClusterClient
  let [company, other, leaf]: AuthorityFiles[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    const noAuthority = { intermediate: ['basicConstraints=critical,CA:FALSE'] }
    const made = ([[ecKey], [rsaKey], [ecKey, noAuthority]] as const).map(([key, extensions], index) => {
      mkdirSync(join(folder, String(index)))
      return companyFiles(join(folder, String(index)), key, extensions)
    })
    ;[company, other, leaf] = made
  })
  after(async () => {
    await api?.stop()
    rmSync(folder, { recursive: true })
  })
  const stack: AsyncDisposable[] = []
  beforeEach(async () => {
    for (const name of ['cacerts', 'mesh-ca']) await remove(name)
  })
  afterEach(async () => {
    for (const item of stack.splice(0)) await item[Symbol.asyncDispose]()
  })

  const secrets = `/api/v1/namespaces/${system}/secrets`
  const remove = (name: string) => admin.call('DELETE', `${secrets}/${name}`).catch(() => {})

  /** Writes a Secret whole, whatever was there. */
  async function put(name: string, data: Readonly<{ [key: string]: string | undefined }>): Promise<void> {
    const stringData = Object.fromEntries(Object.entries(data).filter(([, text]) => text !== undefined))
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData }
    const there = await admin.call('GET', `${secrets}/${name}`).catch(() => undefined)
    if (there === undefined) await admin.call('POST', secrets, { body })
    else await admin.call('PUT', `${secrets}/${name}`, { body })
  }

  /** As Istio's documentation has it made. */
  const cacerts = (files: AuthorityFiles, more: Readonly<{ [key: string]: string | undefined }> = {}) => ({
    'ca-cert.pem': files.chain,
    'ca-key.pem': files.key,
    'root-cert.pem': files.roots,
    'cert-chain.pem': files.chain + files.roots,
    ...more,
  })

  async function fingerprint(files: AuthorityFiles): Promise<string> {
    return (await CertificateAuthority.load(files, domain)).fingerprint
  }

  async function start(identity?: string) {
    const running = await startAgent(api, admin, identity === undefined ? {} : { identity })
    stack.push(running)
    return running
  }

  const broken: readonly (readonly [string, () => Parameters<typeof put>[1], RegExp])[] = [
    ['lacks its key', () => cacerts(company!, { 'ca-key.pem': undefined }), /Secret cacerts lacks ca-key\.pem/],
    ['lacks its root', () => cacerts(company!, { 'root-cert.pem': '' }), /Secret cacerts lacks root-cert\.pem/],
    [
      'has another key',
      () => cacerts(company!, { 'ca-key.pem': other!.key }),
      /Secret cacerts, ca-key\.pem: the key is not the certificate's/,
    ],
    [
      'has a key that is none',
      () => cacerts(company!, { 'ca-key.pem': 'nonsense' }),
      /Secret cacerts, ca-key\.pem: the key can't be read/,
    ],
    [
      'has a certificate that is none',
      () => cacerts(company!, { 'ca-cert.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
      /Secret cacerts, ca-cert\.pem: the chain can't be read as PEM/,
    ],
    [
      'has a certificate that is no authority',
      () => cacerts(leaf!),
      /Secret cacerts, ca-cert\.pem: O=Company, CN=mesh is no authority: its basic constraints lack CA:TRUE/,
    ],
    [
      'does not end at its root',
      () => cacerts(company!, { 'root-cert.pem': other!.roots }),
      /Secret cacerts, ca-cert\.pem, cert-chain\.pem and root-cert\.pem: nobody .* has signed O=Company.*: a certificate is missing/,
    ],
  ]
  for (const [what, data, message] of broken)
    it(`keeps an agent from starting where it ${what}, which names the Secret and the key in it`, async () => {
      await put('cacerts', data())
      const run = startMesh(folder, ['agent', '--kubeconfig', await agentKubeconfig(api, admin)])
      const { code, stdout, stderr } = await run.ended
      assert.equal(code, 2, stderr)
      assert.match(stderr, message)
      assert.doesNotMatch(stderr, /\n\s+at |PRIVATE KEY|nonsense/)
      assert.equal(stdout, '')
      const there = await admin.call('GET', `${secrets}/mesh-ca`).catch(() => undefined)
      assert.equal(there, undefined, 'and no other one is made in its place')
    })

  it('is a company’s where it is plugged in', async () => {
    await put('cacerts', cacerts(company!))
    const { agent, lines } = await start()
    assert.ok(lines.includes('info the authority is Secret cacerts'))
    assert.equal(agent.roots.trim(), company!.roots.trim())
  })

  it('is made once by replicas that start at once, and all of them use it', async () => {
    const clients = Array.from({ length: 8 }, () => api.client())
    const found = await Promise.all(clients.map(client => findAuthority(client, system, domain)))
    assert.equal(new Set(await Promise.all(found.map(({ files }) => fingerprint(files)))).size, 1)
    assert.deepEqual([...new Set(found.map(({ from }) => from))], ['mesh-ca'])
    const [a, b] = await Promise.all([start('agent-1'), start('agent-2')])
    assert.equal(a.agent.roots.trim(), found[0]!.files.roots.trim())
    assert.equal(b.agent.roots, a.agent.roots)
    await eventually('one that writes', () => a.agent.isWriter || b.agent.isWriter)
    assert.ok(!(a.agent.isWriter && b.agent.isWriter))
  })

  it('is told to every namespace, and there again when somebody has changed or deleted it', async () => {
    const { agent } = await start()
    const path = '/api/v1/namespaces/default/configmaps/meshwright-trust'
    const isThere = async () => {
      const map = (await admin.call('GET', path).catch(() => undefined)) as { data: { [file: string]: string } }
      return map?.data['ca.crt'] === agent.roots
    }
    await eventually('the bundle', isThere, 60_000)
    await admin.call('PATCH', path, {
      contentType: 'application/merge-patch+json',
      body: { data: { 'ca.crt': 'nobody' } },
    })
    await eventually('the bundle as it was', isThere)
    await admin.call('DELETE', path)
    await eventually('the bundle again', isThere)
  })

  it('is told to all namespaces but one that takes nothing', async () => {
    await makeNamespace(admin, {}, 'closed')
    await forbidConfigMaps(admin, 'closed')
    // A policy does not hold at once.
    const probe = { body: { kind: 'ConfigMap', metadata: { name: 'probe' } }, query: { dryRun: 'All' } }
    await eventually('a policy that holds', () =>
      admin.call('POST', '/api/v1/namespaces/closed/configmaps', probe).then(
        () => false,
        () => true,
      ),
    )
    const { agent, lines } = await start()
    await eventually('a writer', () => agent.isWriter, 60_000)
    await makeNamespace(admin, {}, 'open')
    const path = '/api/v1/namespaces/open/configmaps/meshwright-trust'
    await eventually('the bundle', () => admin.call('GET', path).catch(() => undefined))
    await eventually('a line', () => lines.some(line => /trust bundle of closed can't be written: .*denied/.test(line)))
  })

  it('is kept as it was where its Secret becomes unusable, which is said; and a good one is taken at once', async () => {
    await put('cacerts', cacerts(company!))
    const { agent, lines } = await start()
    const roots = agent.roots
    await put('cacerts', cacerts(company!, { 'ca-key.pem': other!.key }))
    const said = await eventually('a line', () => lines.find(line => line.startsWith('error')))
    assert.match(said, /so the old one is kept: Secret cacerts, ca-key\.pem: the key is not the certificate's/)
    assert.equal(agent.roots, roots)
    await put('cacerts', cacerts(other!))
    await eventually('the new one', () => agent.roots.trim() === other!.roots.trim())
    assert.ok(lines.includes('info Secret cacerts has changed: certificates are issued again'))
  })

  it('is that which was written last, however fast it changes', async () => {
    await put('cacerts', cacerts(company!))
    const { agent } = await start()
    for (let index = 0; index < 10; index += 1) await put('cacerts', cacerts(index % 2 === 0 ? company! : other!))
    await eventually('the last one', () => agent.roots.trim() === other!.roots.trim())
    await new Promise(resolve => setTimeout(resolve, 500))
    assert.equal(agent.roots.trim(), other!.roots.trim())
  })

  it('is put back where its Secret is deleted: another one would be trusted by nobody', async () => {
    const [a, b] = await Promise.all([start('agent-1'), start('agent-2')])
    const before = await findAuthority(admin, system, domain)
    await remove('mesh-ca')
    await eventually('it is back', () => admin.call('GET', `${secrets}/mesh-ca`).catch(() => undefined))
    const after = await findAuthority(admin, system, domain)
    assert.equal(await fingerprint(after.files), await fingerprint(before.files))
    for (const { agent } of [a, b]) assert.equal(agent.roots.trim(), before.files.roots.trim())
    // The other one may have found it there again.
    assert.match([...a.lines, ...b.lines].join(), /error Secret mesh-ca is gone: its authority is kept, and put back/)
  })

  it('is kept where a company’s Secret is deleted, and put nowhere else', async () => {
    await put('cacerts', cacerts(company!))
    const { agent, lines } = await start()
    await remove('cacerts')
    await eventually('a line', () =>
      lines.some(line => /Secret cacerts is gone: its authority is kept until it comes back/.test(line)),
    )
    assert.equal(agent.roots.trim(), company!.roots.trim())
    assert.equal(await admin.call('GET', `${secrets}/mesh-ca`).catch(() => 'none'), 'none')
  })
})
