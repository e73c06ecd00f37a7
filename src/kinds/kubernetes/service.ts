import type {
  DatagramPort,
  Service as MeshService,
  ServicePort as MeshServicePort,
  Protocol,
} from '../../model/service.ts'
import { at, type Contribution, type LowerContext, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'

/** A name and ports under which the pods that it selects are reached. */
export interface Service {
  /** Group and version of the Kubernetes API: `v1`. */
  apiVersion: 'v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Service'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Ports, and the pods behind them. Default: none. */
  spec?: ServiceSpec
}

export interface ServiceSpec {
  /** Ports that callers reach; with several, each needs a name. Default: none. */
  ports?: ServicePort[]
  /** Labels of the pods behind the service, all of them. Default: no pods of its own. */
  selector?: { [label: string]: string }
  /** `None`: the service has no address, and its name leads to those of its pods. Default: the cluster gives it one. */
  clusterIP?: string
  /**
   * Who reaches it from where: `ClusterIP` within the cluster, `NodePort` and `LoadBalancer` also from outside. `ExternalName`: it is but
   * another name for `externalName`. Default: `ClusterIP`.
   */
  type?: string
  /**
   * With type `ExternalName`: the host that is meant; of a Service of this mesh, it is called as that Service is. Default:
   * none.
   */
  externalName?: string
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface ServicePort {
  /** `<protocol>` or `<protocol>-<anything>` tells how the port is spoken to. Needed where there are several. Default: none. */
  name?: string
  /**
   * The port that callers reach, 1–65535.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /** The container's port, by number or name. Default: `port`. */
  targetPort?: number | string
  /**
   * How the port is spoken to: `http`, `grpc`, `tcp`, `kubernetes.io/h2c`, … Goes before the name’s prefix. Default: as that
   * tells, or what the number is known for, or else told from the first bytes.
   */
  appProtocol?: string
  /** `TCP`, `UDP` or `SCTP`. Default: `TCP`. */
  protocol?: string
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

/** By appProtocol or by the prefix of a port's name, lower case (Istio's protocol selection). */
const protocols: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['http', 'HTTP'],
  ['http2', 'HTTP2'],
  ['kubernetes.io/h2c', 'HTTP2'],
  ['kubernetes.io/ws', 'HTTP'],
  ['grpc', 'GRPC'],
  ['grpc-web', 'GRPC-WEB'],
  ['tcp', 'TCP'],
  ['tls', 'TLS'],
  ['https', 'HTTPS'],
  ['kubernetes.io/wss', 'HTTPS'],
  ['mongo', 'MONGO'],
  ['mysql', 'MYSQL'],
  ['redis', 'REDIS'],
])

/** Ports whose protocol is taken for granted, because their servers speak first (Istio's well-known ports). */
const wellKnown: ReadonlyMap<number, Protocol> = new Map<number, Protocol>([
  [25, 'TCP'],
  [53, 'TCP'],
  [3306, 'MYSQL'],
  [27017, 'MONGO'],
])

export function lowerService(resource: Resource, { domain }: LowerContext): Contribution {
  const service = resource as unknown as Service
  const node = nodeOf(resource)
  const ports = (service.spec?.ports ?? []).map((port, index) => ({
    port,
    place: at(resource, `/spec/ports/${index}`),
  }))
  const datagramPorts = ports.flatMap(({ port, place }) => (port.protocol === 'UDP' ? [numbered(port, place)] : []))
  const lowered: MeshService = {
    ...node,
    host: `${node.name}.${node.namespace}.svc.${domain}`,
    ports: ports.flatMap(({ port, place }) => lowerPort(port, place)),
    ...(datagramPorts.length === 0 ? {} : { datagramPorts }),
    selector: service.spec?.selector ?? {},
    labels: resource.metadata.labels ?? {},
    ...exportsOf(resource),
    ...externalNameOf(service.spec),
    ...(service.spec?.clusterIP === 'None' ? { isHeadless: true } : {}),
  }
  return { services: [lowered] }
}

function externalNameOf({ type, externalName = '' }: ServiceSpec = {}): Pick<MeshService, 'externalName'> {
  const host = externalName.toLowerCase().replace(/\.$/, '')
  return type === 'ExternalName' && host !== '' ? { externalName: host } : {}
}

/** Istio's annotation by which a Service says what other kinds have a field for. */
export const exportToAnnotation = 'networking.istio.io/exportTo'

/** The names in the annotation; undefined where there is none. */
export function exportedTo({ metadata }: Resource): readonly string[] | undefined {
  return metadata.annotations?.[exportToAnnotation]?.split(',').map(name => name.trim())
}

function exportsOf(resource: Resource): Pick<MeshService, 'exportTo'> {
  const names = exportedTo(resource)
  // `~` is nobody.
  return names === undefined ? {} : { exportTo: names.filter(name => name !== '~' && name !== '') }
}

/** SCTP's carry nothing that a mesh sees. */
function lowerPort(port: ServicePort, place: string): MeshServicePort[] {
  if (port.protocol !== undefined && port.protocol !== 'TCP') return []
  const { at: where, ...numbers } = numbered(port, place)
  const { appProtocol } = port
  return [{ ...numbers, ...protocolOf(port), ...(appProtocol === undefined ? {} : { appProtocol }), at: where }]
}

function numbered(port: ServicePort, place: string): DatagramPort {
  return { name: port.name ?? '', number: port.port, targetPort: port.targetPort ?? port.port, at: place }
}

/** What an appProtocol stands for; undefined: nothing that is known. */
export function protocolOfApp(appProtocol: string): Protocol | undefined {
  return protocols.get(appProtocol.toLowerCase())
}

function protocolOf(port: ServicePort): Pick<MeshServicePort, 'protocol' | 'declared' | 'isWellKnown'> {
  const byApp = port.appProtocol === undefined ? undefined : protocolOfApp(port.appProtocol)
  if (byApp !== undefined) return { protocol: byApp, declared: true }
  const name = port.name?.toLowerCase() ?? ''
  const byName = name.startsWith('grpc-web') ? 'GRPC-WEB' : protocols.get(name.split('-')[0]!)
  if (byName !== undefined) return { protocol: byName, declared: true }
  const byNumber = wellKnown.get(port.port)
  return byNumber === undefined
    ? { protocol: 'AUTO', declared: false }
    : { protocol: byNumber, declared: true, isWellKnown: true }
}
