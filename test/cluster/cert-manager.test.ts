/**
 * An intermediate that cert-manager makes: its own definition of Certificate, and a Secret with the very keys that it
 * writes. cert-manager itself does not run here.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { certificateName } from '../../src/cluster/install/certificate.ts'
import { manifests } from '../../src/cluster/install/manifests.ts'
import type { InstallValues } from '../../src/cluster/install/values.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { get } from '../support/envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { values as defaults, install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { makeNamespace, makePod, podToken } from './objects.ts'

const skip = cannotRunApi() ?? false
const secrets = `/api/v1/namespaces/${system}/secrets`
const certificates = `/apis/cert-manager.io/v1/namespaces/${system}/certificates`
const values: InstallValues = {
  ...defaults,
  identity: { ...defaults.identity, authority: 'cert-manager', issuer: { ...defaults.identity.issuer, name: 'corp' } },
}

describe('an authority of cert-manager’s', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-cert-manager-'))
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent | undefined

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    makeRoot()
  })
  after(async () => {
    await running?.agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const

  function makeRoot(): void {
    const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=keyCertSign']
    openssl('req', '-x509', ...key, '-subj', '/O=Company', '-keyout', 'root.key', '-out', 'root.crt', ...ca)
  }

  /** What a CA issuer of cert-manager's signs, as its Secret has it: the self-signed root stands in ca.crt alone. */
  function issue(name: string): { readonly [key: string]: string } {
    openssl('req', ...key, '-subj', '/O=Meshwright/CN=Meshwright intermediate', '-keyout', `${name}.key`, '-out', 'csr')
    writeFileSync(join(folder, 'ext'), 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n')
    const signer = ['-CA', 'root.crt', '-CAkey', 'root.key', '-CAcreateserial', '-days', '90', '-extfile', 'ext']
    openssl('x509', '-req', '-in', 'csr', ...signer, '-out', `${name}.crt`)
    return { 'tls.crt': read(`${name}.crt`), 'tls.key': read(`${name}.key`), 'ca.crt': read('root.crt') }
  }

  /** Writes the Secret as cert-manager does. */
  async function write(stringData: object): Promise<void> {
    const annotations = {
      'cert-manager.io/certificate-name': certificateName,
      'cert-manager.io/issuer-kind': 'ClusterIssuer',
      'cert-manager.io/issuer-name': 'corp',
    }
    const labels = { 'controller.cert-manager.io/fao': 'true' }
    const metadata = { name: certificateName, annotations, labels }
    const body = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', stringData }
    const there = await admin.call('GET', `${secrets}/${certificateName}`).catch(() => undefined)
    if (there === undefined) await admin.call('POST', secrets, { body })
    else await admin.call('PUT', `${secrets}/${certificateName}`, { body })
  }

  const installed = (...set: readonly string[]) => {
    const options = set.flatMap(value => ['--set', value])
    return meshIn(folder, ['install', '--dry-run', '--kubeconfig', api.kubeconfig(), ...options])
  }

  it('needs an issuer, and cert-manager', async () => {
    const by = 'identity.authority=cert-manager'
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['identity.authority=vault'], /--set identity\.authority can't be vault[\s\S]*mesh or cert-manager/],
      [[by], /--set identity\.issuer\.name has no value[\s\S]*--set identity\.issuer\.name=NAME/],
      [
        [by, 'identity.issuer.name=corp', 'identity.intermediateHours=24'],
        /--set identity\.intermediateHours is too short for certificates of 86400 s[\s\S]*write 144/,
      ],
      [
        [by, 'identity.issuer.name=corp'],
        /refused Certificate "mesh-intermediate": the cluster does not know Certificate of cert-manager\.io\/v1[\s\S]*install cert-manager first/,
      ],
    ]
    for (const [set, message] of cases) {
      const { code, stderr } = await installed(...set)
      assert.equal(code, 2, stderr)
      assert.match(stderr, message)
    }
  })

  it('is asked for by a Certificate that cert-manager’s own definition takes, strictly', async () => {
    const definition = parse(readFileSync(join(import.meta.dirname, 'cert-manager/certificates.yaml'), 'utf8'))
    await admin.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: definition })
    await eventually('the kind', () => admin.call('GET', certificates).catch(() => undefined))
    const certificate = manifests(values).find(({ kind }) => kind === 'Certificate')!
    const query = { fieldManager: 'test', fieldValidation: 'Strict', dryRun: 'All' }
    const apply = (body: object) =>
      admin.call('PATCH', `${certificates}/${certificateName}`, {
        query,
        contentType: 'application/apply-patch+yaml',
        body,
      })
    await apply(certificate)
    const spec = certificate['spec'] as object
    await assert.rejects(apply({ ...certificate, spec: { ...spec, isAuthority: true } }), /isAuthority/)
    await assert.rejects(apply({ ...certificate, spec: { ...spec, usages: ['sign'] } }), /usages/)
    await install(admin, values)
    const made = (await admin.call('GET', `${certificates}/${certificateName}`)) as {
      spec: { [field: string]: unknown }
    }
    assert.deepEqual(made.spec['issuerRef'], { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'corp' })
    assert.equal(made.spec['isCA'], true)
    assert.equal(
      manifests(defaults).some(({ kind }) => kind === 'Certificate'),
      false,
    )
  })

  it('is waited for, by an agent that says for which Certificate, and what cert-manager says of it', async () => {
    // What others make of an authority does not count here.
    await admin.call('POST', secrets, { body: { metadata: { name: 'cacerts' }, stringData: { nothing: 'here' } } })
    const lines: string[] = []
    const healthPort = await freePort()
    const starting = startAgent(api, admin, { values, lines, healthPort })
    starting.catch(() => {})
    const waits = (why: RegExp) =>
      eventually(String(why), () =>
        lines.some(
          line =>
            line.startsWith(
              `warning waiting for Secret mesh-intermediate, which cert-manager writes for Certificate ${system}/mesh-intermediate: `,
            ) && why.test(line),
        ),
      )
    await waits(/cert-manager has said nothing of it yet$/)
    const status = async (path: string) => (await get({ port: healthPort, path }))?.status
    assert.deepEqual([await status('/livez'), await status('/readyz')], [200, 503])
    const message = 'Issuing certificate as Secret does not exist'
    const condition = { type: 'Ready', status: 'False', reason: 'DoesNotExist', message }
    await admin.call('PATCH', `${certificates}/${certificateName}/status`, {
      contentType: 'application/merge-patch+json',
      body: { status: { conditions: [condition] } },
    })
    await waits(/Issuing certificate as Secret does not exist$/)
    await write(issue('first'))
    running = await starting
    assert.equal(running.agent.roots.trim(), read('root.crt').trim())
    assert.equal(await status('/readyz'), 200)
    assert.ok(lines.includes('info the authority is Secret mesh-intermediate'))
    const own = await admin.call('GET', `${secrets}/mesh-ca`).catch(() => 'none')
    assert.equal(own, 'none', 'and none is made beside it')
  })

  it('is followed when cert-manager renews it: what the one before has signed goes on being right', async () => {
    const shop = await makeNamespace(admin)
    const token = await podToken(admin, await makePod(admin, shop, 'web'))
    const tls = { ca: read('root.crt'), servername: `mesh-agent.${system}.svc` }
    const target = { host: '127.0.0.1', port: running!.ports.xds, tls }
    const client = new XdsClient(target, 'delta', { authorization: `Bearer ${token}` })
    const nodeId = `sidecar~127.0.0.1~web.${shop}~${shop}.svc.cluster.local`
    client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
    const next = async () => {
      const response = await client.next()
      client.ack(response, ['default'])
      const { body } = response.resources[0]!
      const secret = loadCodec().decode('google.protobuf.Any', body) as unknown as {
        tls_certificate: { certificate_chain: { inline_string: string } }
      }
      return secret.tls_certificate.certificate_chain.inline_string
    }
    const isRight = (chain: string, name: string) => {
      const [leaf = '', above = '', ...more] = chain.split(/(?<=-----END CERTIFICATE-----\n)/)
      assert.equal(more.join('').trim(), '')
      assert.equal(new X509Certificate(above).fingerprint256, new X509Certificate(read(`${name}.crt`)).fingerprint256)
      writeFileSync(join(folder, 'leaf.pem'), leaf)
      writeFileSync(join(folder, 'above.pem'), above)
      const verify = ['verify', '-CAfile', 'root.crt', '-untrusted', 'above.pem', 'leaf.pem']
      assert.match(openssl(...verify), /OK/)
    }
    const before = await next()
    isRight(before, 'first')
    await write(issue('second'))
    isRight(await next(), 'second')
    isRight(before, 'first')
    assert.ok(running!.lines.includes('info Secret mesh-intermediate has changed: certificates are issued again'))
    client.close()
  })

  it('is kept where what comes is broken, or goes', async () => {
    const { agent, lines } = running!
    const { 'ca.crt': _, ...withoutRoot } = issue('third')
    await write(withoutRoot)
    await eventually('a line', () => lines.some(line => /Secret mesh-intermediate lacks ca\.crt/.test(line)))
    await admin.call('DELETE', `${secrets}/${certificateName}`)
    await eventually('another', () =>
      lines.some(line => /is gone: its authority is kept until it comes back/.test(line)),
    )
    assert.equal(agent.roots.trim(), read('root.crt').trim())
    const { code, stderr } = await meshIn(folder, ['identity', 'rotate-root', '--kubeconfig', api.kubeconfig()])
    assert.equal(code, 2)
    assert.match(stderr, /the authority is Secret mesh-intermediate: its root is that of cert-manager's issuer/)
  })
})
