/** What a real Envoy makes of rules that are for some ports, callers or hosts alone: all others go on as if nobody had said anything. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePorts } from '../support/free-ports.ts'
import { redirectedScene } from '../support/redirected-scene.ts'
import { webDeployment } from '../support/web-deployment.ts'
import { rowHeader, Upstreams } from './upstreams.ts'

const ports = { http: 80, 'http-more': 81, tcp: 90, 'tcp-more': 91 } as const
type Port = (typeof ports)[keyof typeof ports]

interface Case {
  readonly does: string
  /** Beside a service, which `HOST` stands for; `other` is another one. */
  readonly resources: readonly object[]
  /** Whom a call of a port reaches: the service at its port, or the other one. */
  readonly reaches: Partial<Readonly<Record<Port, string>>>
  /** Host that is called. Default: the service's. */
  readonly host?: string
}

const virtualService = (spec: object, name = 'HOST') => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name },
  spec: { hosts: ['HOST'], ...spec },
})
const toOther = (port: number) => [{ destination: { host: 'other', port: { number: port } } }]
const apiRoute = (
  kind: string,
  port: number | undefined,
  { namespace = 'default', name = `HOST-${kind}-${port}` } = {},
) => ({
  apiVersion: `gateway.networking.k8s.io/${kind === 'TCPRoute' ? 'v1alpha2' : 'v1'}`,
  kind,
  metadata: { name: name.toLowerCase(), namespace },
  spec: {
    parentRefs: [
      { group: '', kind: 'Service', name: 'HOST', namespace: 'default', ...(port === undefined ? {} : { port }) },
    ],
    rules: [{ backendRefs: [{ name: 'other', port: port ?? 80 }] }],
  },
})
const own = { 80: 'http', 81: 'http-more', 90: 'tcp', 91: 'tcp-more' } as const

const cases: readonly Case[] = [
  {
    does: 'rules for connections leave requests alone',
    resources: [virtualService({ tcp: [{ match: [{ port: 90 }], route: toOther(90) }] })],
    reaches: { ...own, 90: 'other' },
  },
  {
    does: 'rules for a port leave others alone',
    resources: [virtualService({ http: [{ match: [{ port: 80 }], route: toOther(80) }] })],
    reaches: { ...own, 80: 'other' },
  },
  {
    does: 'rules for callers elsewhere leave these alone',
    resources: [virtualService({ http: [{ match: [{ sourceNamespace: 'elsewhere' }], route: toOther(80) }] })],
    reaches: own,
  },
  {
    does: 'the first rules for a port and a caller hold, whoever has others',
    resources: [
      virtualService({ http: [{ match: [{ port: 81 }], route: toOther(81) }] }),
      virtualService({ http: [{ route: toOther(80) }] }, 'HOST-second'),
    ],
    reaches: { 80: 'other', 81: 'other', 90: 'tcp' },
  },
  {
    does: 'rules for connections are asked one after the other, whoever has them',
    resources: [
      virtualService({ tcp: [{ match: [{ port: 90 }], route: toOther(90) }] }),
      virtualService({ tcp: [{ match: [{ port: 91 }], route: toOther(91) }] }, 'HOST-second'),
    ],
    reaches: { ...own, 90: 'other', 91: 'other' },
  },
  {
    does: 'labels of callers count for connections, too, where gateways are named',
    resources: [
      virtualService({
        tcp: [{ match: [{ gateways: ['mesh'], sourceLabels: { app: 'none' } }], route: toOther(90) }],
      }),
    ],
    reaches: own,
  },
  {
    does: 'an HTTPRoute for a port of a Service leaves others alone',
    resources: [apiRoute('HTTPRoute', 80)],
    reaches: { ...own, 80: 'other' },
  },
  {
    does: 'an HTTPRoute of another namespace holds for nobody else',
    resources: [apiRoute('HTTPRoute', undefined, { namespace: 'elsewhere' })],
    reaches: own,
  },
  {
    does: 'a TCPRoute leaves requests alone',
    resources: [apiRoute('TCPRoute', 90)],
    reaches: { ...own, 90: 'other' },
  },
  {
    does: 'TCPRoutes for ports of one Service hold beside each other',
    resources: [apiRoute('TCPRoute', 90), apiRoute('TCPRoute', 91)],
    reaches: { ...own, 90: 'other', 91: 'other' },
  },
  {
    does: 'an HTTPRoute and a TCPRoute of one Service hold beside each other',
    resources: [apiRoute('HTTPRoute', 80), apiRoute('TCPRoute', 90)],
    reaches: { ...own, 80: 'other', 90: 'other' },
  },
  {
    does: 'a host that is no service is known by its rules, at port 80',
    host: 'made.up.example',
    resources: [virtualService({ hosts: ['made.up.example'], http: [{ route: toOther(80) }] })],
    reaches: { 80: 'other' },
  },
  {
    does: 'another name of a service is called as that one is, by its rules',
    host: 'nick',
    resources: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'nick' },
        spec: { type: 'ExternalName', externalName: 'HOST.default.svc.cluster.local' },
      },
      virtualService({ http: [{ match: [{ port: 81 }], route: toOther(81) }] }),
    ],
    reaches: { 80: 'http', 81: 'other' },
  },
  {
    does: 'a host within a wildcard has rules of its own',
    host: 'one.wild.example',
    resources: [
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'ServiceEntry',
        metadata: { name: 'wild' },
        spec: {
          hosts: ['*.wild.example'],
          ports: [{ number: 81, name: 'http-more', protocol: 'HTTP' }],
          resolution: 'NONE',
        },
      },
      virtualService({ hosts: ['one.wild.example'], http: [{ route: toOther(81) }] }),
    ],
    reaches: { 81: 'other' },
  },
  {
    does: 'a scope takes no rules from namespaces that it does not name',
    resources: [
      {
        ...virtualService({
          hosts: ['HOST.default.svc.cluster.local'],
          http: [{ route: [{ destination: { host: 'other.default.svc.cluster.local', port: { number: 80 } } }] }],
        }),
        metadata: { name: 'HOST', namespace: 'elsewhere' },
      },
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'Sidecar',
        metadata: { name: 'default' },
        spec: { egress: [{ hosts: ['./*'] }] },
      },
    ],
    reaches: own,
  },
]

const serviceNamed = (name: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: {
    selector: { app: name },
    ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number })),
  },
})

describe('rules for a part of what is called', { skip: withoutEnvoy }, () => {
  const stack = new AsyncDisposableStack()
  let upstreams: Upstreams
  before(async () => {
    upstreams = stack.use(await Upstreams.start([...Object.keys(ports), 'other']))
  })
  after(() => stack.disposeAsync())

  for (const [index, { does, resources, reaches, host = 'HOST' }] of cases.entries())
    it(does, async () => {
      const name = `s${index}`
      const [first, second, third, fourth] = (await freePorts(4)) as [number, number, number, number]
      const at = { 80: first, 81: second, 90: third, 91: fourth }
      const ofOther = Object.fromEntries(Object.keys(ports).map(port => [port, upstreams.ports['other']!]))
      const here = (own: Readonly<Record<string, number>>) => [{ address: '127.0.0.1', ports: own, hasSidecar: false }]
      const named = JSON.parse(
        JSON.stringify(resources)
          .replaceAll('HOST', name)
          .replaceAll(/"name":"s\d+-\w+-/g, text => text.toLowerCase()),
      ) as Resource[]
      const address = '10.0.0.1'
      await using _ = await redirectedScene([webDeployment, serviceNamed(name), serviceNamed('other'), ...named], {
        workload: 'web',
        sockets: { '0.0.0.0_80': at[80], '0.0.0.0_81': at[81], [`${address}_90`]: at[90], [`${address}_91`]: at[91] },
        endpoints: {
          [`${name}.default.svc.cluster.local`]: here(upstreams.ports),
          'other.default.svc.cluster.local': here(ofOther),
        },
        addresses: { [`${name}.default.svc.cluster.local`]: [address] },
      })
      const found: { [port: string]: string | number | undefined } = {}
      for (const port of Object.keys(reaches)) {
        const row = `${name}-${port}`
        const headers = { host: host === 'HOST' ? name : host, [rowHeader]: row }
        const answer = await get({ port: at[Number(port) as Port], path: '/', headers })
        found[port] = answer?.status === 200 ? upstreams.seen(row).at(-1)?.server : answer?.status
      }
      assert.deepEqual(found, reaches)
    })
})
