/** One real Envoy with the inbound listeners of many workloads, each in a namespace of its own and under policies of its own. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import type { Resource } from '../../src/kinds/resource.ts'
import type { Placement, ProxyPlacement } from '../../src/model/placement.ts'
import { type ResolveOptions, resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allResources, emitProxy } from '../../src/phases/4-emit/envoy/index.ts'
import { TestEnvoy } from './envoy.ts'
import { freePorts } from './free-ports.ts'

/** A workload, and what stands before it. */
export interface GuardedWorkload {
  readonly policies: readonly GuardedPolicy[]
  /** What its port is declared as. Default: http. */
  readonly protocol?: 'http' | 'tcp' | 'unknown'
  /** What its application says to whoever connects, before anything else. Default: it waits for a request. */
  readonly greeting?: string
  /** Beside `app`. Default: none. */
  readonly labels?: { readonly [key: string]: string }
}

export interface GuardedPolicy {
  readonly kind: 'AuthorizationPolicy' | 'RequestAuthentication' | 'PeerAuthentication' | 'Telemetry'
  readonly spec: object
  /** Default: that of the workload. */
  readonly namespace?: string
  readonly annotations?: { readonly [name: string]: string }
}

/** What the application saw of a request. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

export interface InboundScene extends AsyncDisposable {
  readonly envoy: TestEnvoy
  /** Where the proxy of the workload at this index listens; the workload's own port is another. */
  port(index: number): number
}

/** The port that the workload at an index has. */
export const workloadPort = (index: number) => 20_000 + index

const namespaceOf = (index: number) => `n${index}`

export interface InboundOptions extends Pick<ResolveOptions, 'recording' | 'caFile'> {
  /** Port of a server here that is told of spans, as Zipkin is. Default: nobody is. */
  readonly collector?: number
  /** What the mesh has besides. Default: nothing. */
  readonly more?: readonly Resource[]
  /** Ports of servers here, by the clusters that lead to them, with whether they speak HTTP/2. Default: none. */
  readonly servers?: Readonly<{ [cluster: string]: { readonly port: number; readonly isHttp2?: boolean } }>
}

export async function inboundScene(
  workloads: readonly GuardedWorkload[],
  { collector, more = [], servers = {}, ...options }: InboundOptions = {},
): Promise<InboundScene> {
  const stack = new AsyncDisposableStack()
  const app = stack.use(await echo())
  const ports = await freePorts(workloads.length)
  const resources = [...workloads.flatMap((workload, index) => resourcesOf(workload, index)), ...more]
  const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }
  const { mesh } = resolve(
    resources.map(resource => ({ resource, span, spanAt: () => span })),
    options,
  ).value
  const greeters = await Promise.all(workloads.map(each => greeter(each.greeting)))
  for (const each of greeters) if (each !== undefined) stack.use(each)
  const proxies = workloads.map((_, index): ProxyPlacement => {
    const listen = { address: '127.0.0.1', port: ports[index]! }
    const inbound = [
      { port: workloadPort(index), listen, app: { address: '127.0.0.1', port: greeters[index]?.port ?? app.port } },
    ]
    const place = { name: 'app', namespace: namespaceOf(index), workload: 'app', address: '127.0.0.1' }
    return { ...place, kind: 'sidecar', inbound, outbound: [], servers: [] }
  })
  const placement: Placement = {
    proxies: Object.fromEntries(proxies.map(proxy => [`app.${proxy.namespace}`, proxy])),
  }
  const emitted = proxies.flatMap(proxy => allResources(emitProxy(mesh, placement, proxy)))
  const listeners = emitted.filter(({ type, value }) => type === 'listener' && value['traffic_direction'] === 'INBOUND')
  const clusters = new Map(
    emitted
      .filter(({ type, name }) => type === 'cluster' && !name.startsWith('outbound|'))
      .map(each => [each.name, each]),
  )
  const values = (list: Iterable<{ readonly value: object }>) => [...list].map(({ value }) => value)
  const envoy = stack.use(
    new TestEnvoy({
      statics: {
        listeners: values(listeners),
        clusters: [
          ...values(clusters.values()),
          ...Object.entries(servers).map(([name, { port, isHttp2 = false }]) => serverCluster(name, port, isHttp2)),
          ...(collector === undefined ? [] : [serverCluster('collector', collector)]),
        ],
      },
      ...(collector === undefined ? {} : { tracing: zipkin }),
    }),
  )
  await envoy.live()
  return { envoy, port: index => ports[index]!, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const zipkin = {
  http: {
    name: 'envoy.tracers.zipkin',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.config.trace.v3.ZipkinConfig',
      ...{ collector_cluster: 'collector', collector_endpoint: '/spans', collector_endpoint_version: 'HTTP_JSON' },
    },
  },
}

function serverCluster(name: string, port: number, isHttp2 = false): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  const endpoints = [{ lb_endpoints: [{ endpoint: { address } }] }]
  const options = {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  }
  return {
    ...{ name, type: 'STATIC', load_assignment: { cluster_name: name, endpoints } },
    ...(isHttp2
      ? { typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options } }
      : {}),
  }
}

function resourcesOf({ policies, protocol = 'http', labels: own = {} }: GuardedWorkload, index: number): Resource[] {
  const namespace = namespaceOf(index)
  const name = protocol === 'unknown' ? 'any' : protocol
  const labels = { app: 'app' }
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'app', namespace },
      spec: { selector: labels, ports: [{ name, port: 80, targetPort: workloadPort(index) }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'app', namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels: { ...labels, ...own } },
          spec: { containers: [{ name: 'app', image: 'app' }] },
        },
      },
    },
    ...policies.map(
      ({ kind, spec, namespace: own = namespace, annotations = {} }, at): Resource => ({
        apiVersion: kind === 'Telemetry' ? 'telemetry.istio.io/v1' : 'security.istio.io/v1',
        kind,
        metadata: { name: `p${index}-${at}`, namespace: own, annotations },
        spec,
      }),
    ),
  ]
}

/** An application that says what it was asked. */
async function echo(): Promise<{ readonly port: number } & AsyncDisposable> {
  const server: Server = createServer(({ method, url, headers }, response) =>
    response.end(JSON.stringify({ method, url, headers })),
  )
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close }
}

/** A server that speaks first. */
async function greeter(text: string | undefined): Promise<({ readonly port: number } & AsyncDisposable) | undefined> {
  if (text === undefined) return undefined
  const server = createSocketServer(socket => void socket.on('error', () => {}).end(text))
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close }
}
