/** What becomes in a cluster of a Gateway's certificates and authorities: real API server, agent and statuses. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { applyGatewayApi, gatewayApiPath, postGatewayApi } from './gateway-api-objects.ts'
import { makeNamespace } from './objects.ts'

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

  const secure = { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } }
  const frontend = (mode: string, ...caCertificateRefs: readonly object[]) => ({
    frontend: { default: { validation: { mode, caCertificateRefs } } },
  })

  it('say of a Gateway that clients without a certificate are let in, for as long as they are', async () => {
    const secret = { group: '', kind: 'Secret', name: 'club-ca' }
    const spec = { gatewayClassName: 'meshwright', listeners: [secure] }
    await post('Gateway', 'club', { ...spec, tls: frontend('AllowInsecureFallback', secret) })
    const accepted = 'Accepted=True Accepted'
    await becomes('open', () => whole('club'), [accepted, 'InsecureFrontendValidationMode=True ConfigurationChanged'])
    await merge(pathOf('Gateway', 'club'), { spec: { tls: frontend('AllowValidOnly', secret) } })
    await becomes('closed', () => whole('club'), [accepted])
  })

  it('say of a Gateway whether it may show the certificate that it names, for as long as it names one', async () => {
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
    await becomesWith('none')
  })

  it('say of a listener that there is no authority for its clients', async () => {
    const missing = { group: '', kind: 'ConfigMap', name: 'missing' }
    await post('Gateway', 'lost', {
      gatewayClassName: 'meshwright',
      listeners: [secure],
      tls: frontend('AllowValidOnly', missing),
    })
    await becomes('the listener', () => listener('lost'), [
      'Accepted=False NoValidCACertificate',
      'Conflicted=False NoConflicts',
      'ResolvedRefs=False InvalidCACertificateRef',
      'Programmed=False Invalid',
    ])
  })
})
