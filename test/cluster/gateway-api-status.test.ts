/** What an agent writes into the statuses of the Gateway API's objects, and what it leaves alone: on a real API server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { agentName } from '../../src/cluster/install/values.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { applyGatewayApi, gatewayApiPath, postGatewayApi } from './gateway-api-objects.ts'
import { controllerName, definitionPath, edgePorts, type Status, shown } from './gateway-api-statuses.ts'
import { accountToken, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const group = 'gateway.networking.k8s.io'

describe('statuses of the Gateway API', { skip }, () => {
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
    await postService('web', { ports: [{ port: 80 }] })
    running = await startAgent(api, admin)
  })
  after(async () => {
    await running?.agent.close()
    await api?.stop()
  })

  const postService = (name: string, spec: object) =>
    admin.call('POST', `/api/v1/namespaces/${space}/services`, { body: { metadata: { name }, spec } })
  const post = (kind: string, name: string, spec: object) =>
    postGatewayApi(admin, { kind, name, spec, ...(kind === 'GatewayClass' ? {} : { namespace: space }) })
  const pathOf = (kind: string, name: string) =>
    `${gatewayApiPath(kind, kind === 'GatewayClass' ? undefined : space)}/${name}`
  const read = async (kind: string, name: string) =>
    (await admin.call('GET', pathOf(kind, name))) as ApiObject & { readonly status?: Status }
  const merge = (path: string, body: object) =>
    admin.call('PATCH', path, { contentType: 'application/merge-patch+json', body })
  const own = async (name: string) => {
    const { status } = await read('HTTPRoute', name)
    return (status?.parents ?? []).find(each => each.controllerName === controllerName)
  }
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

  it('say of classes of ours that they are accepted, and nothing of others', async () => {
    await post('GatewayClass', 'ours', { controllerName })
    await post('GatewayClass', 'theirs', { controllerName: 'other.example/controller' })
    const conditions = async () => shown((await read('GatewayClass', 'ours')).status?.conditions)
    const accepted = 'Accepted=True Accepted @1'
    await becomes('the class', conditions, [accepted, 'SupportedVersion=True SupportedVersion @1'])
    assert.equal((await read('GatewayClass', 'theirs')).status, undefined)
    const release = (version: string) =>
      merge(definitionPath('tcproutes'), { metadata: { annotations: { [`${group}/bundle-version`]: version } } })
    await release('v1.99.0')
    await becomes('definitions of later', conditions, [accepted, 'SupportedVersion=False UnsupportedVersion @1'])
    await release('v1.7.1')
    await becomes('known ones', conditions, [accepted, 'SupportedVersion=True SupportedVersion @1'])
  })

  it('say of a Gateway what its listeners take, and where it is reached', async () => {
    await post('Gateway', 'theirs', {
      gatewayClassName: 'theirs',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }],
    })
    await post('Gateway', 'front', {
      gatewayClassName: 'ours',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        {
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          tls: { certificateRefs: [{ name: 'pair', namespace: system }] },
        },
        {
          name: 'kinds',
          port: 8090,
          protocol: 'HTTP',
          allowedRoutes: { kinds: [{ kind: 'TCPRoute' }, { kind: 'HTTPRoute' }] },
        },
      ],
    })
    const conditions = async () => shown((await read('Gateway', 'front')).status?.conditions)
    const becomesFront = (what: string, generation: number, ...said: readonly string[]) => {
      const all = [...said, 'ResolvedRefs=False ListenersNotResolved']
      return becomes(
        what,
        conditions,
        all.map(each => `${each} @${generation}`),
      )
    }
    const [partly, whole] = ['Accepted=True ListenersNotValid', 'Programmed=True Programmed']
    await becomesFront('no address', 1, partly, 'Programmed=False AddressNotAssigned')
    await postService('edge', { type: 'LoadBalancer', selector: { istio: 'ingressgateway' }, ports: edgePorts })
    await becomesFront('an address', 1, partly, whole)
    const service = (await admin.call('GET', `/api/v1/namespaces/${space}/services/edge`)) as ApiObject
    const { clusterIP } = service['spec'] as { readonly clusterIP: string }
    const { status } = await read('Gateway', 'front')
    const accepted = status?.conditions?.find(({ type }) => type === 'Accepted')
    assert.equal(accepted?.message, 'Programmed is False for 1 listener: https')
    assert.deepEqual(status?.addresses, [{ type: 'IPAddress', value: clusterIP }])
    assert.deepEqual(
      status?.listeners?.map(({ conditions: each, ...rest }) => ({ ...rest, conditions: shown(each) })),
      [
        {
          attachedRoutes: 0,
          name: 'http',
          supportedKinds: ['HTTPRoute', 'GRPCRoute'].map(kind => ({ group, kind })),
          conditions: [
            'Accepted=True Accepted @1',
            'Conflicted=False NoConflicts @1',
            'ResolvedRefs=True ResolvedRefs @1',
            'Programmed=True Programmed @1',
          ],
        },
        {
          name: 'https',
          supportedKinds: ['HTTPRoute', 'GRPCRoute'].map(kind => ({ group, kind })),
          attachedRoutes: 0,
          conditions: [
            'Accepted=True Accepted @1',
            'Conflicted=False NoConflicts @1',
            'ResolvedRefs=False RefNotPermitted @1',
            'Programmed=False Invalid @1',
          ],
        },
        {
          name: 'kinds',
          supportedKinds: [{ group, kind: 'HTTPRoute' }],
          attachedRoutes: 0,
          conditions: [
            'Accepted=True Accepted @1',
            'Conflicted=False NoConflicts @1',
            'ResolvedRefs=False InvalidRouteKinds @1',
            'Programmed=True Programmed @1',
          ],
        },
      ],
    )
    await merge(`/api/v1/namespaces/${space}/services/edge/status`, {
      status: { loadBalancer: { ingress: [{ hostname: 'edge.example' }] } },
    })
    await becomes('the load balancer', async () => (await read('Gateway', 'front')).status?.addresses, [
      { type: 'Hostname', value: 'edge.example' },
    ])
    assert.equal((await read('Gateway', 'theirs')).status, undefined)
    await merge(pathOf('Gateway', 'front'), { spec: { addresses: [{ type: 'Hostname', value: 'other.example' }] } })
    await becomesFront('an address that is not there', 2, partly, 'Programmed=False AddressNotUsable')
    await merge(pathOf('Gateway', 'front'), { spec: { addresses: [{ type: 'example.com/pool', value: 'a' }] } })
    await becomesFront('one of another type', 3, 'Accepted=False UnsupportedAddress', 'Programmed=False Invalid')
    await merge(pathOf('Gateway', 'front'), { spec: { addresses: [{ type: 'Hostname', value: 'edge.example' }] } })
    await becomesFront('the one that is there', 4, partly, whole)
  })

  it('say of a route what becomes of it at each parent of ours, beside what other controllers say', async () => {
    await post('HTTPRoute', 'web', {
      parentRefs: [{ name: 'theirs' }, { name: 'front', sectionName: 'http' }, { name: 'front', sectionName: 'none' }],
      rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
    })
    const parents = async () =>
      (await read('HTTPRoute', 'web')).status?.parents?.map(({ parentRef, controllerName: who, conditions }) => [
        parentRef.name,
        who,
        ...shown(conditions),
      ])
    const ours = [
      ['front', controllerName, 'Accepted=True Accepted @1', 'ResolvedRefs=True ResolvedRefs @1'],
      ['front', controllerName, 'Accepted=False NoMatchingParent @1', 'ResolvedRefs=True ResolvedRefs @1'],
    ]
    await becomes('both parents of ours', parents, ours)
    const { metadata, status } = await read('HTTPRoute', 'web')
    const theirs = { parentRef: { name: 'theirs' }, controllerName: 'other.example/controller', conditions: [] }
    await merge(`${pathOf('HTTPRoute', 'web')}/status`, {
      metadata: { resourceVersion: metadata.resourceVersion },
      status: { parents: [status?.parents?.[0], theirs, status?.parents?.[1]] },
    })
    await merge(pathOf('HTTPRoute', 'web'), { spec: { hostnames: ['shop.example'] } })
    await becomes('all in their places', parents, [
      ours[0]?.map(each => each.replace('@1', '@2')),
      ['theirs', 'other.example/controller'],
      ours[1]?.map(each => each.replace('@1', '@2')),
    ])
    await becomes('a route at the listener', async () => {
      const { status: now } = await read('Gateway', 'front')
      return now?.listeners?.map(({ attachedRoutes }) => attachedRoutes)
    }, [1, 0, 0])
    await merge(pathOf('HTTPRoute', 'web'), { spec: { parentRefs: [{ name: 'theirs' }] } })
    await becomes('theirs alone', parents, [['theirs', 'other.example/controller']])
  })

  it('say of a ListenerSet what becomes of its listeners, and of one that may add none', async () => {
    const listeners = [{ name: 'stall', port: 8090, protocol: 'HTTP', hostname: 'stall.example' }]
    await post('Gateway', 'arcade', {
      gatewayClassName: 'ours',
      allowedListeners: { namespaces: { from: 'Same' } },
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: 'arcade.example' }],
    })
    await post('ListenerSet', 'stall', { parentRef: { name: 'arcade' }, listeners })
    await post('ListenerSet', 'stranger', { parentRef: { name: 'front' }, listeners })
    await post('HTTPRoute', 'stall', {
      parentRefs: [{ kind: 'ListenerSet', name: 'stall' }],
      rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
    })
    const said = async (name: string) => {
      const { status } = await read('ListenerSet', name)
      const own = status?.listeners?.map(({ name, attachedRoutes, conditions }) => [
        name,
        attachedRoutes,
        shown(conditions).slice(0, 1),
      ])
      return [shown(status?.conditions), own]
    }
    await becomes('the set', () => said('stall'), [
      ['Accepted=True Accepted @1', 'Programmed=True Programmed @1'],
      [['stall', 1, ['Accepted=True Accepted @1']]],
    ])
    await becomes('the stranger', () => said('stranger'), [
      ['Accepted=False NotAllowed @1', 'Programmed=False NotAllowed @1'],
      [],
    ])
    const sets = async (name: string) => (await read('Gateway', name)).status?.attachedListenerSets
    await becomes('how many there are', () => sets('arcade'), 1)
    assert.equal(await sets('front'), undefined)
    await admin.call('DELETE', pathOf('ListenerSet', 'stall'))
    await becomes('that there is none any more', () => sets('arcade'), 0)
  })

  it('say of a route what becomes of it at a default Gateway, which it does not name', async () => {
    await post('Gateway', 'default', {
      gatewayClassName: 'ours',
      defaultScope: 'All',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: 'default.example' }],
    })
    await post('HTTPRoute', 'undecided', {
      useDefaultGateways: 'All',
      rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
    })
    const said = async () => {
      const { status } = await read('HTTPRoute', 'undecided')
      return status?.parents?.map(({ conditions, ...rest }) => [rest, shown(conditions)])
    }
    const parentRef = { group, kind: 'Gateway', name: 'default', namespace: space }
    await becomes('the route', said, [
      [{ controllerName, parentRef }, ['Accepted=True Accepted @1', 'ResolvedRefs=True ResolvedRefs @1']],
    ])
  })

  it('say of a policy for backends what becomes of it before each Gateway whose routes lead there', async () => {
    await postService('bank', { ports: [{ port: 443 }] })
    const targetRefs = [{ group: '', kind: 'Service', name: 'bank' }]
    await post('BackendTLSPolicy', 'bank', {
      targetRefs,
      validation: { hostname: 'bank.example', wellKnownCACertificates: 'System' },
    })
    await post('BackendTLSPolicy', 'lost', {
      targetRefs,
      validation: { hostname: 'bank.example', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'missing' }] },
    })
    // Keys as the API server has them: what is there is compared as text.
    const ancestorRef = { group, kind: 'Gateway', name: 'front', namespace: space }
    await post('HTTPRoute', 'bank', {
      parentRefs: [{ name: 'front' }],
      rules: [{ backendRefs: [{ name: 'bank', port: 443 }] }],
    })
    const ancestorsOf = async (name: string) =>
      (await read('BackendTLSPolicy', name)).status?.ancestors?.map(({ conditions, ...rest }) => [
        rest,
        shown(conditions),
      ])
    await becomes('the policy', () => ancestorsOf('bank'), [
      [{ ancestorRef, controllerName }, ['Accepted=True Accepted @1', 'ResolvedRefs=True ResolvedRefs @1']],
    ])
    await becomes('the second policy', () => ancestorsOf('lost'), [
      [
        { ancestorRef, controllerName },
        ['Accepted=False Conflicted @1', 'ResolvedRefs=False InvalidCACertificateRef @1'],
      ],
    ])
  })

  it('keep the time of a change until the status changes, and are not written where nothing does', async () => {
    const parentRefs = [{ name: 'front', sectionName: 'http' }]
    await post('HTTPRoute', 'timed', { parentRefs, rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] })
    const first = await eventually('conditions', () => own('timed'))
    await sleep(1_100)
    await merge(pathOf('HTTPRoute', 'timed'), { spec: { hostnames: ['timed.example'] } })
    const conditions = async () => shown((await own('timed'))?.conditions)
    await becomes('the next generation', conditions, ['Accepted=True Accepted @2', 'ResolvedRefs=True ResolvedRefs @2'])
    const times = async () => (await own('timed'))?.conditions.map(({ lastTransitionTime }) => lastTransitionTime)
    assert.deepEqual(
      await times(),
      first.conditions.map(({ lastTransitionTime }) => lastTransitionTime),
    )
    await merge(pathOf('HTTPRoute', 'timed'), { spec: { rules: [{ backendRefs: [{ name: 'none', port: 80 }] }] } })
    await becomes('a backend that is missing', conditions, [
      'Accepted=True Accepted @3',
      'ResolvedRefs=False BackendNotFound @3',
    ])
    const [accepted, resolved] = (await times()) ?? []
    assert.equal(accepted, first.conditions[0]?.lastTransitionTime)
    assert.notEqual(resolved, first.conditions[1]?.lastTransitionTime)
    await postService('none', { ports: [{ port: 81 }] })
    await becomes(
      'another message',
      async () => /no port 80/.test((await own('timed'))?.conditions[1]?.message ?? ''),
      true,
    )
    const { metadata } = await read('HTTPRoute', 'timed')
    const { revision } = running.agent.plane
    await postService('more', { ports: [{ port: 80 }] })
    await eventually('another revision', () => running.agent.plane.revision !== revision)
    // As long as a write would take several times over.
    await sleep(2_000)
    assert.equal((await read('HTTPRoute', 'timed')).metadata.resourceVersion, metadata.resourceVersion)
  })

  it('stand beside what is said of wrong objects, where they are ours; others’ are nobody’s business here', async () => {
    const listeners = [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '192.0.2.1' }]
    const backendRefs = [{ name: 'web', port: 80 }]
    await post('Gateway', 'other', { gatewayClassName: 'theirs', listeners })
    await post('HTTPRoute', 'other', {
      parentRefs: [{ name: 'other' }],
      rules: [{ matches: [{ path: { type: 'RegularExpression', value: '/(' } }] }],
    })
    await post('Gateway', 'wrong', { gatewayClassName: 'ours', listeners })
    await eventually('what is wrong', () =>
      running.lines.find(line => /Gateway test-\w+\/wrong is left out/.test(line)),
    )
    assert.doesNotMatch(running.lines.join('\n'), /\/other/)
    await becomes('its status', async () => shown((await read('Gateway', 'wrong')).status?.conditions), [
      'Accepted=False Invalid @1',
      'Programmed=False Invalid @1',
    ])
    await merge(pathOf('HTTPRoute', 'timed'), {
      spec: { rules: [{ matches: [{ path: { type: 'RegularExpression', value: '/(' } }] }] },
    })
    await eventually('a route whose expression is none', async () => {
      const [accepted] = (await own('timed'))?.conditions ?? []
      return accepted?.reason === 'UnsupportedValue' && /^\[MW3\d+\] HTTPRoute "timed"/.test(accepted.message)
    })
    const rules = [{ matches: [{ path: { type: 'RegularExpression', value: '/(' } }] }, { backendRefs }]
    await merge(pathOf('HTTPRoute', 'timed'), { spec: { rules } })
    await eventually('a route without the rule whose expression is none', async () => {
      const conditions = (await own('timed'))?.conditions ?? []
      const [accepted, , partly] = conditions
      return (
        accepted?.status === 'True' &&
        partly?.type === 'PartiallyInvalid' &&
        /^Dropped Rule rules\[0\]: /.test(partly.message)
      )
    })
    assert.match(running.lines.join('\n'), /rules\[0\] of HTTPRoute test-\w+\/timed is left out: \[MW3/)
    await merge(pathOf('HTTPRoute', 'timed'), { spec: { rules: [{ backendRefs }] } })
    await eventually('the whole route', async () => (await own('timed'))?.conditions.length === 2)
    assert.equal((await read('Gateway', 'other')).status, undefined)
    assert.equal((await read('HTTPRoute', 'other')).status, undefined)
  })

  it('are put back where somebody takes them away', async () => {
    await merge(`${pathOf('GatewayClass', 'ours')}/status`, { status: { conditions: null } })
    await becomes('the class', async () => shown((await read('GatewayClass', 'ours')).status?.conditions), [
      'Accepted=True Accepted @1',
      'SupportedVersion=True SupportedVersion @1',
    ])
  })

  it('are all that the agent may write of these', async () => {
    const agent = api.client({ token: await accountToken(admin, system, agentName) })
    const change = (path: string, body: object) =>
      agent.call('PATCH', path, { contentType: 'application/merge-patch+json', body })
    await assert.rejects(change(pathOf('HTTPRoute', 'timed'), { spec: { hostnames: [] } }), { status: 403 })
    await assert.rejects(agent.call('DELETE', pathOf('Gateway', 'front')), { status: 403 })
    assert.deepEqual(
      running.lines.filter(line => /status of/.test(line)),
      [],
    )
  })
})
