/** A gateway's pod and what it leads to, in a real API server; its Envoy is real too, and the agent serves it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { XdsClient } from '../support/xds-client.ts'
import { type RunningAgent, system } from './agents.ts'
import { machineAddress } from './api-server.ts'
import { makeAccount, makeNamespace, makePod, podToken } from './objects.ts'

export interface GatewayScene extends AsyncDisposable {
  readonly namespace: string
  readonly envoy: TestEnvoy
  /** Where the gateway's pod listens for ports 80 and 443 of its Service. */
  readonly ports: { readonly http: number; readonly https: number }
}

/** Servers of the scene's Gateway. */
export type Servers = readonly object[]

export const httpServer = { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }

/**
 * Starts the pod's Envoy; everything is led to a service `web` with an endpoint on each of two nodes.
 *
 * @param servers absent: nothing is led anywhere, and the pod is the ingress gateway's
 */
export async function startGateway(
  admin: ClusterClient,
  { agent, ports: agentPorts }: RunningAgent,
  servers?: Servers,
): Promise<GatewayScene> {
  const stack = new AsyncDisposableStack()
  // The Gateway API's are served by the installation's own gateway.
  const namespace = servers === undefined ? system : await makeNamespace(admin)
  if (servers === undefined) await makeAccount(admin, system, 'default').catch(() => {})
  const labels = { istio: servers === undefined ? 'ingressgateway' : namespace }
  const ports = { http: await freePort(), https: await freePort() }
  const post = (path: string, body: object) => admin.call('POST', path, { body })
  const core = `/api/v1/namespaces/${namespace}`
  await post(`${core}/services`, {
    metadata: { name: 'edge' },
    spec: {
      selector: labels,
      ports: [
        { name: 'http', port: 80, targetPort: ports.http },
        { name: 'https', port: 443, targetPort: ports.https },
      ],
    },
  })
  await post(`${core}/services`, { metadata: { name: 'web' }, spec: { ports: [{ name: 'http', port: 80 }] } })
  for (const node of ['node-1', 'node-2']) {
    const { port } = stack.use(await upstream(node))
    await post(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
      metadata: { name: `web-${node}`, labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [machineAddress], conditions: { ready: true }, nodeName: node }],
      ports: [{ name: 'http', port, protocol: 'TCP' }],
    })
  }
  if (servers !== undefined) await leadAll(admin, namespace, { selector: labels, servers })
  const pod = await makePod(admin, namespace, 'edge-5f-1', {
    labels: { ...labels, 'pod-template-hash': '5f' },
    // As a Deployment's ReplicaSet would make it.
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'edge-5f', uid: 'none', controller: true }],
  })
  const token = await podToken(admin, pod)
  const envoy = stack.use(
    new TestEnvoy({
      protocol: 'delta',
      xds: { host: '127.0.0.1', port: agentPorts.xds },
      nodeId: `router~127.0.0.1~edge-5f-1.${namespace}~${namespace}.svc.cluster.local`,
      tls: { ca: agent.roots, serverName: `mesh-agent.${system}.svc`, token },
    }),
  )
  return { namespace, envoy, ports, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** To the service `web`, by Istio's kinds. */
async function leadAll(admin: ClusterClient, namespace: string, spec: object): Promise<void> {
  const post = (plural: string, body: object) =>
    admin.call('POST', `/apis/networking.istio.io/v1/namespaces/${namespace}/${plural}`, { body })
  await post('gateways', {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec,
  })
  await post('virtualservices', {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web' },
    spec: { hosts: ['*'], gateways: ['edge'], http: [{ route: [{ destination: { host: 'web' } }] }] },
  })
}

/** Leads `far.test` to a host outside of the mesh, called as its rule says. */
export async function callByRule(
  admin: ClusterClient,
  namespace: string,
  { port, tls }: { readonly port: number; readonly tls: object },
): Promise<void> {
  const [host, name] = ['far.example', 'far']
  const put = (kind: string, plural: string, spec: object) =>
    admin.call('POST', `/apis/networking.istio.io/v1/namespaces/${namespace}/${plural}`, {
      body: { apiVersion: 'networking.istio.io/v1', kind, metadata: { name }, spec },
    })
  await put('ServiceEntry', 'serviceentries', {
    hosts: [host],
    ports: [{ number: port, name: 'http', protocol: 'HTTP' }],
    resolution: 'STATIC',
    endpoints: [{ address: '127.0.0.1' }],
  })
  // Each call has a connection of its own, and so is judged by what holds then.
  const connectionPool = { http: { maxRequestsPerConnection: 1 } }
  const trafficPolicy = { connectionPool, tls: { sni: 'shop.example', ...tls } }
  await put('DestinationRule', 'destinationrules', { host, trafficPolicy })
  await put('VirtualService', 'virtualservices', {
    hosts: ['far.test'],
    gateways: ['edge'],
    http: [{ route: [{ destination: { host } }] }],
  })
}

/** Says its name, and who the caller's proxy says that it is. */
async function upstream(name: string): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer(({ headers }, response) => response.end(`${name} for ${headers['x-meshwright-peer']}`))
  await new Promise<void>(done => server.listen(0, machineAddress, done))
  const close = async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close }
}

export type PodFields = Parameters<typeof makePod>[3]

/** Names of the secrets that a pod is given that asks for its own and one more. */
export async function secretsGiven(
  admin: ClusterClient,
  { agent, ports }: RunningAgent,
  { namespace, name, more, ask }: { namespace: string; name: string; more: PodFields; ask: string },
): Promise<string[]> {
  const token = await podToken(admin, await makePod(admin, namespace, name, more))
  const tls = { ca: agent.roots, servername: `mesh-agent.${system}.svc` }
  const headers = { authorization: `Bearer ${token}` }
  const client = new XdsClient({ host: '127.0.0.1', port: ports.xds, tls }, 'sotw', headers)
  // A pod that has a sidecar may not call itself a gateway.
  const kind = more?.annotations === undefined ? 'router' : 'sidecar'
  const nodeId = `${kind}~127.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`
  client.send({ typeUrl: typeUrl.secret, names: ['default', 'ROOTCA', ask], nodeId })
  const { resources } = await client.next()
  client.close()
  const nameOf = (body: Uint8Array) => (loadCodec().decode('google.protobuf.Any', body) as { name: string }).name
  return resources.map(({ body }) => nameOf(body)).sort()
}
