/** What becomes in a cluster of a Gateway's certificates and authorities: real API server, agent and statuses. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { makeCertificate, withoutOpenssl } from '../golden/make-certificate.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { applyGatewayApi, gatewayApiPath, letSecretsBeRead, postGatewayApi } from './gateway-api-objects.ts'
import { makeAccount, makeNamespace, makePod } from './objects.ts'

const skip = cannotRunApi() ?? false

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
}

interface Status {
  readonly conditions?: readonly Condition[]
  readonly listeners?: readonly { readonly name: string; readonly conditions: readonly Condition[] }[]
}

/** `Accepted=True Accepted`. */
function shown(conditions: readonly Condition[] | undefined): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`)
}

describe('certificates and authorities that the Gateway API names', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let space = ''

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    await applyGatewayApi(admin)
    space = await makeNamespace(admin)
    running = await startAgent(api, admin)
  })
  after(async () => {
    await running?.agent.close()
    await api?.stop()
  })

  const post = (kind: string, name: string, spec: object) =>
    postGatewayApi(admin, { kind, name, spec, namespace: space })
  const pathOf = (kind: string, name: string) => `${gatewayApiPath(kind, space)}/${name}`
  const statusOf = async (name: string) => {
    const { status } = (await admin.call('GET', pathOf('Gateway', name))) as ApiObject & { readonly status?: Status }
    return status
  }
  const merge = (path: string, body: object) =>
    admin.call('PATCH', path, { contentType: 'application/merge-patch+json', body })
  const becomes = async (what: string, find: () => Promise<unknown>, wanted: unknown) => {
    let found: unknown
    try {
      await eventually(what, async () => {
        found = await find()
        return JSON.stringify(found) === JSON.stringify(wanted)
      })
    } catch (error) {
      assert.deepEqual(found, wanted, `${error}\n${running.lines.join('\n')}`)
    }
  }
  /** Without the Gateway's own address, which nothing here has. */
  const whole = async (name: string) =>
    shown((await statusOf(name))?.conditions).filter(each => !each.startsWith('Programmed'))
  const listener = async (name: string) => shown((await statusOf(name))?.listeners?.[0]?.conditions)

  /** Of a host of its own: the gateways' pods serve them all. */
  const secure = (name: string, tls: object = { certificateRefs: [{ name: 'cert' }] }) => {
    return { name: 'https', port: 443, protocol: 'HTTPS', hostname: `${name}.example`, tls }
  }
  const frontend = (mode: string, ...caCertificateRefs: readonly object[]) => ({
    frontend: { default: { validation: { mode, caCertificateRefs } } },
  })

  it('say of a Gateway that clients without a certificate are let in, for as long as they are', async () => {
    const secret = { group: '', kind: 'Secret', name: 'club-ca' }
    const spec = { gatewayClassName: 'meshwright', listeners: [secure('club')] }
    await post('Gateway', 'club', { ...spec, tls: frontend('AllowInsecureFallback', secret) })
    const accepted = 'Accepted=True Accepted'
    const resolved = 'ResolvedRefs=True ResolvedRefs'
    const insecure = 'InsecureFrontendValidationMode=True ConfigurationChanged'
    await becomes('open', () => whole('club'), [accepted, resolved, insecure])
    await merge(pathOf('Gateway', 'club'), { spec: { tls: frontend('AllowValidOnly', secret) } })
    await becomes('closed', () => whole('club'), [accepted, resolved])
  })

  it('say of a Gateway whether it may show the certificate that it names', async () => {
    const spec = { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] }
    const backend = (clientCertificateRef: object | null) => ({ spec: { tls: { backend: { clientCertificateRef } } } })
    await post('Gateway', 'bank', { ...spec, ...backend({ name: 'own' }).spec })
    const becomesWith = (what: string, ...more: readonly string[]) =>
      becomes(what, () => whole('bank'), ['Accepted=True Accepted', ...more])
    await becomesWith('its own', 'ResolvedRefs=True ResolvedRefs')
    await merge(pathOf('Gateway', 'bank'), backend({ name: 'own', namespace: system }))
    await becomesWith('of another namespace', 'ResolvedRefs=False RefNotPermitted')
    await merge(pathOf('Gateway', 'bank'), backend({ name: 'own', namespace: null, kind: 'ConfigMap' }))
    await becomesWith('of another kind', 'ResolvedRefs=False InvalidClientCertificateRef')
    await merge(pathOf('Gateway', 'bank'), backend(null))
    await becomesWith('none', 'ResolvedRefs=True ResolvedRefs')
  })

  it('say of a listener that there is no authority for its clients', async () => {
    const missing = { group: '', kind: 'ConfigMap', name: 'missing' }
    await post('Gateway', 'lost', {
      gatewayClassName: 'meshwright',
      listeners: [secure('lost')],
      tls: frontend('AllowValidOnly', missing),
    })
    await becomes('the listener', () => listener('lost'), [
      'Accepted=False NoValidCACertificate',
      'Conflicted=False NoConflicts',
      'ResolvedRefs=False InvalidCACertificateRef',
      'Programmed=False Invalid',
    ])
  })

  describe('and that lie in Secrets which the control plane may read', { skip: withoutOpenssl }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-gateway-tls-'))
    after(() => rmSync(folder, { recursive: true }))
    before(async () => {
      // Secrets are read for pods that serve the Gateways.
      await makeAccount(admin, system, 'default').catch(() => {})
      await makePod(admin, system, 'edge', { labels: { istio: 'ingressgateway' } })
      await letSecretsBeRead(admin, space, system)
    })
    const pair = (name: string) => {
      assert.ok(makeCertificate(join(folder, name)))
      const read = (file: string) => readFileSync(join(folder, name, file), 'utf8')
      return { 'tls.crt': read('cert.pem'), 'tls.key': read('key.pem') }
    }
    const secrets = () => `/api/v1/namespaces/${space}/secrets`
    const put = (name: string, stringData: object) =>
      admin.call('POST', secrets(), { body: { metadata: { name }, type: 'Opaque', stringData } })
    const change = (name: string, stringData: object) => merge(`${secrets()}/${name}`, { stringData })
    const said = (...rest: readonly string[]) => ['Accepted=True Accepted', 'Conflicted=False NoConflicts', ...rest]
    const [resolved, programmed] = ['ResolvedRefs=True ResolvedRefs', 'Programmed=True Programmed']
    const invalid = 'ResolvedRefs=False InvalidCertificateRef'

    it('say of a listener whether its certificate is there, and what is wrong with it', async () => {
      await post('Gateway', 'shop', { gatewayClassName: 'meshwright', listeners: [secure('shop')] })
      await becomes('no certificate', () => listener('shop'), said(invalid, 'Programmed=False Invalid'))
      await becomes('a Gateway without', () => whole('shop'), [
        'Accepted=False ListenersNotValid',
        'ResolvedRefs=False ListenersNotResolved',
      ])
      await put('cert', pair('first'))
      await becomes('a certificate', () => listener('shop'), said(resolved, programmed))
      await becomes('a Gateway with one', () => whole('shop'), ['Accepted=True Accepted', resolved])
      // What was right before is served on.
      await change('cert', { 'tls.key': pair('second')['tls.key'] })
      await becomes('a key of another', () => listener('shop'), said(invalid, programmed))
      await admin.call('DELETE', `${secrets()}/cert`)
      await becomes('none again', () => listener('shop'), said(invalid, 'Programmed=False Invalid'))
    })

    it('say of a listener whether the authorities of its clients are there', async () => {
      const secret = { group: '', kind: 'Secret', name: 'members' }
      await put('members-pair', pair('server'))
      const tls = { certificateRefs: [{ name: 'members-pair' }] }
      await post('Gateway', 'members', {
        gatewayClassName: 'meshwright',
        listeners: [secure('members', tls)],
        tls: frontend('AllowValidOnly', secret),
      })
      await becomes('no authority', () => listener('members'), [
        'Accepted=False NoValidCACertificate',
        'Conflicted=False NoConflicts',
        'ResolvedRefs=False InvalidCACertificateRef',
        'Programmed=False Invalid',
      ])
      await put('members', { 'ca.crt': pair('member')['tls.crt'] })
      await becomes('an authority', () => listener('members'), said(resolved, programmed))
    })

    it('say of a Gateway whether the certificate is there that backends are shown', async () => {
      await post('Gateway', 'teller', {
        gatewayClassName: 'meshwright',
        listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }],
        tls: { backend: { clientCertificateRef: { name: 'teller' } } },
      })
      const accepted = 'Accepted=True Accepted'
      await becomes('none', () => whole('teller'), [accepted, 'ResolvedRefs=False InvalidClientCertificateRef'])
      await put('teller', pair('teller'))
      await becomes('one', () => whole('teller'), [accepted, resolved])
    })
  })
})
