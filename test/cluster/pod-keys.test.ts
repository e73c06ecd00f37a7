/**
 * Keys that kubelets make for pods. No kubelet runs here: the tests ask as one does, and the API server judges what they ask
 * and what is answered. pods/pod-keys.test.ts has a kubelet.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { IdentityReport } from '../../src/agent/workload-secrets.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { manifests } from '../../src/cluster/install/manifests.ts'
import type { InstallValues } from '../../src/cluster/install/values.ts'
import { type PodCertificateRequest, podKeyFiles } from '../../src/cluster/pod-certificates.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { values as defaults, install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi, podCertificateFlags } from './api-server.ts'
import { accountToken, makeAccount, makeNamespace, type PodInfo, podToken } from './objects.ts'
import {
  type Asked,
  answerOf,
  askForCertificate,
  certificateRequests,
  makePodWithKey,
  newKeys,
} from './pod-certificates.ts'

const skip = cannotRunApi() ?? false
const values: InstallValues = { ...defaults, identity: { ...defaults.identity, key: 'pod' } }
const hour = 3_600_000

describe('pods’ own keys', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-pod-keys-'))
  let api: ApiServer
  let admin: ClusterClient
  let shop = ''
  const agents: RunningAgent[] = []
  let web: PodInfo

  before(async () => {
    api = await ApiServer.start(podCertificateFlags)
    admin = api.client()
    await install(admin, values)
    shop = await makeNamespace(admin)
    await makeAccount(admin, shop, 'web')
    web = await makeKeyPod('web', 'web')
    agents.push(await startAgent(api, admin, { values }))
  })
  after(async () => {
    for (const { agent } of agents) await agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  const makeKeyPod = (name: string, account: string) => makePodWithKey(admin, shop, { name, account })
  const ask = (pod: PodInfo, asked?: Asked) => askForCertificate(admin, pod, asked)
  const answered = (path: string) => answerOf(admin, path)
  const issued = async (path: string) => {
    const status = await answered(path)
    assert.equal(status.conditions?.[0]?.type, 'Issued', JSON.stringify(status))
    const certificate = new X509Certificate(status.certificateChain ?? '')
    const [from, refresh, to] = [status.notBefore, status.beginRefreshAt, status.notAfter].map(time =>
      Date.parse(time!),
    )
    return { certificate, from: from!, refresh: refresh!, to: to! }
  }
  const denied = async (path: string) => {
    const { conditions = [], certificateChain } = await answered(path)
    assert.deepEqual([conditions[0]?.type, certificateChain], ['Denied', undefined])
    return `${conditions[0]?.reason}: ${conditions[0]?.message}`
  }
  const serialOf = ({ serialNumber }: X509Certificate) => serialNumber.toLowerCase().padStart(32, '0')

  it('are asked for, and their requests readable, only where the installation says so', () => {
    const text = (own: InstallValues) => JSON.stringify(manifests(own))
    assert.match(
      text(values),
      /"resources":\["signers"\],"resourceNames":\["meshwright.dev\/workload"\],"verbs":\["sign"\]/,
    )
    for (const own of [defaults, { ...values, target: 'istio' }])
      assert.doesNotMatch(text(own), /podcertificaterequests|podCertificate|signers/)
  })

  it('are signed for whom the pod runs as, for as long as was asked, and renewed at half of that', async () => {
    const keys = newKeys()
    const { certificate, from, refresh, to } = await issued(await ask(web, { keys, maxExpirationSeconds: 7200 }))
    assert.equal(certificate.subjectAltName, `URI:spiffe://cluster.local/ns/${shop}/sa/web`)
    assert.equal(certificate.subject, undefined)
    assert.ok(certificate.checkPrivateKey(keys.privateKey))
    assert.ok(certificate.verify(new X509Certificate(agents[0]!.agent.roots).publicKey))
    assert.equal(to - from, 2 * hour)
    assert.ok(refresh >= from + 0.4 * (to - from) && refresh <= from + 0.6 * (to - from), `${refresh - from}`)
  })

  it('are refused where the pod is another one, or runs as another account, or the key is of another type', async () => {
    const gone = await makeKeyPod('gone', 'web')
    await admin.call('DELETE', `/api/v1/namespaces/${shop}/pods/gone`, { body: { gracePeriodSeconds: 0 } })
    await eventually('it is gone', () => !agents[0]!.agent.plane.pods.has(`${shop}/gone`))
    assert.match(await denied(await ask(gone)), /^NotThisPod: no pod .*\/gone has this uid/)
    const podUID = '0b3ad62c-7a5c-4f0e-8a55-1f6d2f2d0001'
    assert.match(await denied(await ask(web, { podUID })), /^NotThisPod: no pod .*\/web has this uid/)
    await makeAccount(admin, shop, 'bank')
    assert.match(await denied(await ask(web, { serviceAccountName: 'bank' })), /^NotThisPod: .*runs as bank/)
    assert.match(await denied(await ask(web, { keys: newKeys('P-384') })), /^UnsupportedKeyType: .*ECDSAP256/)
    const line = /^warning pod .*\/web is refused a certificate: .*runs as bank/
    await eventually('a line of the log', () => agents[0]!.lines.some(each => line.test(each)))
  })

  it('are nobody’s to sign but the signer’s, and no other signer’s requests are answered or may be', async () => {
    const other = await ask(web, { signerName: 'example.com/other' })
    await issued(await ask(web))
    const request = (await admin.call('GET', other)) as PodCertificateRequest
    assert.deepEqual(request.status ?? {}, {})
    const agent = api.client({ token: await accountToken(admin, system, 'mesh-agent') })
    const time = new Date().toISOString().replace(/\.\d+/, '')
    const condition = { type: 'Denied', status: 'True', reason: 'No', message: '', lastTransitionTime: time }
    const body = { ...request, status: { conditions: [condition] } }
    await assert.rejects(agent.call('PUT', `${other}/status`, { body }), /not permitted to "sign"/)
  })

  it('stay where they are: the proxy is told a file, and who it is can be seen, also after its request is gone', async () => {
    const { ports, agent } = agents[0]!
    const first = await issued(await ask(web))
    const connect = async (port: number, versions?: { readonly [name: string]: string }) => {
      const target = { host: '127.0.0.1', port, tls: { ca: agent.roots, servername: `mesh-agent.${system}.svc` } }
      const token = await podToken(admin, web, { account: 'web' })
      const client = new XdsClient(target, 'delta', { authorization: `Bearer ${token}` })
      const nodeId = `sidecar~127.0.0.1~web.${shop}~${shop}.svc.cluster.local`
      const names = ['default', 'ROOTCA']
      client.send({
        typeUrl: typeUrl.secret,
        names,
        nodeId,
        ...(versions === undefined ? {} : { initialVersions: versions }),
      })
      return client
    }
    const client = await connect(ports.xds)
    const held: { [name: string]: string } = {}
    const secrets: { [name: string]: unknown } = {}
    client.onResponse = response => {
      for (const { name, version, body } of response.resources) {
        held[name] = version
        secrets[name] = loadCodec().decode('google.protobuf.Any', body)
      }
      client.ack(response, ['default', 'ROOTCA'])
    }
    const { bundle, folder: path } = podKeyFiles
    await eventually('its secrets', () => 'default' in secrets && 'ROOTCA' in secrets)
    const told = secrets['default'] as { tls_certificate: unknown }
    assert.deepEqual(told.tls_certificate, {
      certificate_chain: { filename: bundle },
      private_key: { filename: bundle },
      watched_directory: { path },
    })
    const identityOf = (running: RunningAgent): IdentityReport | undefined =>
      running.agent.plane.secrets.identities()[0]
    await eventually('it is accepted', () => identityOf(agents[0]!)?.accepted)
    const report = identityOf(agents[0]!)!
    assert.deepEqual([report.key, report.serial], ['pod', serialOf(first.certificate)])
    assert.deepEqual([report.notAfter, report.renewsAt], [first.to, first.refresh])

    const path2 = await ask(web)
    const second = await issued(path2)
    assert.notEqual(serialOf(second.certificate), serialOf(first.certificate))
    await eventually('the renewed one is known', () => identityOf(agents[0]!)?.serial === serialOf(second.certificate))
    await eventually('and told', () => held['default']?.endsWith(serialOf(second.certificate)))
    await admin.call('DELETE', certificateRequests(shop))
    client.close()
    const later = await startAgent(api, admin, { values, identity: 'agent-2' })
    agents.push(later)
    const again = await connect(later.ports.xds, held)
    await eventually('who comes back says it', () => identityOf(later)?.serial === serialOf(second.certificate))
    assert.equal(identityOf(later)?.key, 'pod')
    again.close()
  })

  it('keep a root from being replaced under them', async () => {
    const rotate = ['identity', 'rotate-root', '--kubeconfig', api.kubeconfig()]
    const secret = () => admin.call('GET', `/api/v1/namespaces/${system}/secrets/mesh-ca`)
    const before = await secret()
    const { code, stderr } = await meshIn(folder, rotate)
    assert.equal(code, 2)
    assert.match(stderr, new RegExp(`while pods have keys of their own[\\s\\S]*${shop}/web`))
    assert.match(stderr, /upgrade --set identity\.key=agent/)
    assert.deepEqual(await secret(), before)
  })

  it('are waited for by a request that came while nobody was there to answer', async () => {
    for (const { agent } of agents.splice(0)) await agent.close()
    const path = await ask(web)
    agents.push(await startAgent(api, admin, { values, identity: 'agent-3' }))
    await issued(path)
  })

  it('are said to be missing where the cluster serves no requests for them', async () => {
    const plain = await ApiServer.start()
    try {
      const set = ['--set', 'identity.key=pod', '--kubeconfig', plain.kubeconfig()]
      const tried = await meshIn(folder, ['install', '--dry-run', ...set])
      assert.equal(tried.code, 2)
      assert.match(tried.stderr, /serves no podcertificaterequests[\s\S]*PodCertificateRequest/)
      await install(plain.client(), values)
      const { stdout } = await meshIn(folder, ['verify', '--kubeconfig', plain.kubeconfig()])
      assert.match(stdout, /✖ keys of pods: identity\.key is pod, and this cluster serves no podcertificaterequests/)
      const { code, stderr } = await meshIn(folder, [
        'install',
        '--dry-run',
        ...set,
        '--set',
        'certificates.ttlSeconds=600',
      ])
      assert.equal(code, 2)
      assert.match(stderr, /certificates\.ttlSeconds can't be 600 with identity\.key=pod[\s\S]*3600 to 7862400/)
    } finally {
      await plain.stop()
    }
  })
})
