/** A cluster's objects: services that call the next three, each with its pods, as `service()` and the webhook would make them. */
import type { ClusterClient } from '../../src/cluster/client.ts'
import { trustConfigMap } from '../../src/cluster/inject/inject-pod.ts'
import { statusAnnotation } from '../../src/cluster/objects.ts'
import { makeAccount, makePod, podToken } from '../cluster/objects.ts'
import { eventually } from '../support/xds-server.ts'

export interface ClusterMesh {
  readonly services: number
  readonly podsPerService: number
}

/** A sidecar's pod and what it shows. */
export interface BenchPod {
  readonly name: string
  readonly service: number
  readonly ip: string
  readonly token: string
}

/** How many services each one calls. */
export const callees = 3
const namespace = 'default'
const istio = `/apis/networking.istio.io/v1/namespaces/${namespace}`
const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`

export function serviceName(index: number): string {
  return `svc-${index}`
}

/** Puts all of it into an API server. */
export async function makeClusterMesh(admin: ClusterClient, mesh: ClusterMesh): Promise<BenchPod[]> {
  // A kind that was just defined takes a moment to be served.
  for (const kind of ['destinationrules', 'sidecars'])
    await eventually(kind, () => admin.call('GET', `${istio}/${kind}`).catch(() => undefined), 60_000)
  const indices = Array.from({ length: mesh.services }, (_, index) => index)
  const pods = await inParallel(indices, index => makeService(admin, index, mesh))
  return pods.flat()
}

async function makeService(admin: ClusterClient, index: number, mesh: ClusterMesh): Promise<BenchPod[]> {
  const name = serviceName(index)
  const called = Array.from({ length: callees }, (_, step) => serviceName((index + step + 1) % mesh.services))
  const objects: readonly (readonly [string, object])[] = [
    [
      `/api/v1/namespaces/${namespace}/services`,
      {
        kind: 'Service',
        spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 80, appProtocol: 'http' }] },
      },
    ],
    [
      `${istio}/destinationrules`,
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        spec: { host: name, subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
      },
    ],
    [
      `${istio}/sidecars`,
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'Sidecar',
        spec: {
          workloadSelector: { labels: { app: name } },
          egress: [{ hosts: called.map(callee => `./${callee}.${namespace}.svc.cluster.local`) }],
        },
      },
    ],
  ]
  await makeAccount(admin, namespace, name)
  for (const [path, object] of objects) await admin.call('POST', path, { body: { ...object, metadata: { name } } })
  const pods: BenchPod[] = []
  for (let replica = 0; replica < mesh.podsPerService; replica += 1)
    pods.push(await makeRunningPod(admin, index, replica))
  await admin.call('POST', slices, { body: slice(index, pods, pods[0]!.ip) })
  return pods
}

async function makeRunningPod(admin: ClusterClient, service: number, replica: number): Promise<BenchPod> {
  const account = serviceName(service)
  const name = `${account}-v1-${replica}`
  const pod = await makePod(admin, namespace, name, {
    account,
    labels: { app: account, version: 'v1' },
    annotations: { [statusAnnotation]: '{}' },
  })
  const ip = `10.100.${service >> 3}.${((service & 7) << 5) + replica + 1}`
  await admin.call('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
    contentType: 'application/merge-patch+json',
    body: { status: { phase: 'Running', podIP: ip, conditions: [{ type: 'Ready', status: 'True' }] } },
  })
  return { name, service, ip, token: await podToken(admin, pod, { account }) }
}

function slice(service: number, pods: readonly Omit<BenchPod, 'token'>[], first: string): object {
  const name = serviceName(service)
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints: pods.map((pod, index) => ({
      addresses: [index === 0 ? first : pod.ip],
      conditions: { ready: true },
      targetRef: { kind: 'Pod', name: pod.name, namespace },
    })),
  }
}

/** Moves the first endpoint of a service to another address. */
export async function moveEndpoint(
  admin: ClusterClient,
  pods: readonly BenchPod[],
  { service, address }: { readonly service: number; readonly address: string },
): Promise<void> {
  const own = pods.filter(pod => pod.service === service)
  const body = slice(service, own, address)
  await admin.call('PUT', `${slices}/${serviceName(service)}`, { body })
}

/** The bundle that pods have mounted: what they believe the agent by. */
export async function trustedRoots(admin: ClusterClient): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${trustConfigMap}`
  const map = (await admin.call('GET', path).catch(() => undefined)) as { data: { 'ca.crt': string } } | undefined
  return map?.data['ca.crt']
}

/** So many at once: more would only wait in the API server. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  return results
}
