/** What Envoy does of what HTTPRoutes say: a row for each feature, at a gateway and for calls within the mesh. */
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { type ApiRow, apiRows } from './api-rows.ts'
import { askedByHttp, guardedHost } from './asked-rows.ts'
import { checkRow } from './check-row.ts'
import { type Doorman, startDoorman } from './doorman.ts'
import { kindsHost, nestedHosts, stallHost } from './listener-rows.ts'
import { versions } from './row.ts'
import { type Scene, type SceneRow, startScene } from './scene.ts'
import { Upstreams } from './upstreams.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'

const front: Resource = {
  apiVersion,
  kind: 'Gateway',
  metadata: { name: 'front' },
  spec: {
    gatewayClassName: 'meshwright',
    defaultScope: 'All',
    allowedListeners: { namespaces: { from: 'Same' } },
    listeners: [
      {
        name: 'http',
        port: 8080,
        protocol: 'HTTP',
        hostname: '*.example.com',
        allowedRoutes: { namespaces: { from: 'All' } },
      },
      {
        name: 'guarded',
        port: 8080,
        protocol: 'HTTP',
        hostname: guardedHost,
        filters: { requests: [askedByHttp({ allowedHeaders: ['x-row', 'x-fail', 'x-fail-status'] })] },
      },
      {
        name: 'kinds',
        port: 8080,
        protocol: 'HTTP',
        hostname: kindsHost,
        allowedRoutes: { kinds: [{ kind: 'TCPRoute' }, { kind: 'HTTPRoute' }] },
      },
      ...Object.entries(nestedHosts).map(([name, hostname]) => ({ name, port: 8080, protocol: 'HTTP', hostname })),
    ],
  },
}

const stall: Resource = {
  apiVersion,
  kind: 'ListenerSet',
  metadata: { name: 'stall' },
  spec: {
    parentRef: { name: 'front' },
    listeners: [{ name: 'http', port: 8080, protocol: 'HTTP', hostname: stallHost }],
  },
}

const grant: Resource = {
  apiVersion: 'gateway.networking.k8s.io/v1beta1',
  kind: 'ReferenceGrant',
  metadata: { name: 'first' },
  spec: {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
    to: [{ group: '', kind: 'Service', name: 'v1' }],
  },
}

function sceneRow(
  { rules, more, isGuest, isEdge, host, moreHost, isDefault, parent: edgeParent, moreParent }: ApiRow,
  service: string,
): SceneRow {
  const parentsFor = (own: object | undefined) => {
    if (isDefault) return { useDefaultGateways: 'All' }
    if (isEdge) return { parentRefs: [{ name: 'front', namespace: 'default', ...own }] }
    return { parentRefs: [{ group: '', kind: 'Service', name: service, port: 80 }] }
  }
  const metadata = isGuest ? { namespace: 'shop' } : {}
  const route = (name: string, own: readonly object[], parent = edgeParent, ownHost = host): Resource => ({
    apiVersion,
    kind: 'HTTPRoute',
    metadata: { name, ...metadata },
    spec: { ...parentsFor(parent), hostnames: [ownHost ?? `${service}.example.com`], rules: own },
  })
  const resources = [
    route(service, rules),
    ...(more === undefined ? [] : [route(`${service}-more`, more, moreParent, moreHost)]),
  ]
  return { service, protocol: 'http', ports: {}, resources }
}

/** Guests' rules hold for callers of their own namespace, and there are none in the scene. */
const rows = Object.values(apiRows)
  .flat()
  .flatMap(row => [{ ...row, isEdge: true as const }, ...(row.isGuest || row.host !== undefined ? [] : [row])])

describe('what HTTPRoutes say', { skip: withoutEnvoy }, () => {
  let upstreams: Upstreams
  let scene: Scene
  let doorman: Doorman
  before(async () => {
    upstreams = await Upstreams.start(versions)
    const backends = versions.map(
      (version, index): SceneRow => ({
        service: version,
        protocol: 'http',
        ports: { [version]: upstreams.ports[version]! },
        resources: index === 0 ? [front, stall, grant] : [],
      }),
    )
    const all: SceneRow = { service: 'all', protocol: 'http', ports: upstreams.ports, resources: [] }
    doorman = await startDoorman()
    const guard: SceneRow = { service: 'doorman', protocol: 'grpc', ports: { v1: doorman.port }, resources: [] }
    scene = await startScene([...backends, all, guard, ...rows.map((row, index) => sceneRow(row, `s${index}`))])
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await doorman?.[Symbol.asyncDispose]()
    await upstreams?.[Symbol.asyncDispose]()
  })

  for (const where of ['at a gateway', 'within the mesh'] as const)
    describe(where, { concurrency: true }, () => {
      for (const [index, row] of rows.entries())
        if ((where === 'at a gateway') === (row.isEdge === true))
          it(row.does, () => checkRow(`s${index}`, row, scene, upstreams))
    })
})
