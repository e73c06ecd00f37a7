import type { CallState, PortState, ServiceState } from './internals.ts'
import { traced } from './trace.ts'
import type { TrafficOptions } from './traffic.ts'

/** How one version of a service runs. */
export interface WorkloadOptions {
  /** Container image. Default: `<service>:<version>`. */
  readonly image?: string
  /** Program and arguments; relative paths are relative to the mesh's folder. Default: what the image says. */
  readonly command?: readonly string[]
  /** Environment variables. `PORT`, `UDP_PORT` and `<SERVICE>_URL` of each called service are there by default. */
  readonly env?: { readonly [name: string]: string | number | boolean }
  /** How many run at once. Default: 1. On one machine, `mesh up` runs one. */
  readonly replicas?: number
  /** HTTP path that answers 200 when the workload is ready. Default: ready when it accepts connections. */
  readonly health?: string
  /** Labels beside `app` and `version`. Default: none. */
  readonly labels?: { readonly [key: string]: string }
  /** How calls to this version are made, where it differs from the service's other versions. Default: as those. */
  readonly traffic?: TrafficOptions
}

/**
 * One version's way to run, kept apart so that versions can share it.
 *
 * @example
 * const app = (stars: string) => workload({ command: ['node', 'app/reviews.ts'], env: { STARS: stars } })
 */
export function workload(options: WorkloadOptions): WorkloadOptions {
  return options
}

/** `DETAILS_URL`: how an application finds whom it calls; further ports carry their name. */
export function urlVariables(
  target: CallState['target'],
  namespace: string | undefined,
): { name: string; value: string }[] {
  if (target.kind === 'external') {
    // Of all names below a domain only the application knows which it wants.
    return target.host.startsWith('*') ? [] : urlsOf(target.host, target)
  }
  const host =
    target.namespace === undefined || target.namespace === namespace
      ? target.name
      : `${target.name}.${target.namespace}`
  return urlsOf(target.name, target, host)
}

function urlsOf(
  name: string,
  { kind, ports }: Pick<CallState['target'], 'kind' | 'ports'>,
  host = name,
): { name: string; value: string }[] {
  const upper = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
  // Datagrams go past proxies: there is nothing to be told.
  return ports.filter(isConnected).map((port, index) => ({
    name: index === 0 ? `${upper(name)}_URL` : `${upper(name)}_${upper(port.name)}_URL`,
    value: `${schemeOf(port, kind)}://${host}:${port.number}`,
  }))
}

function isConnected({ protocol }: PortState): boolean {
  return protocol !== 'UDP'
}

/** A service's TLS is its own affair; of an outside host it is most likely a web server's. */
function schemeOf({ protocol }: PortState, kind: CallState['target']['kind']): string {
  if (['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB'].includes(protocol)) return 'http'
  return kind === 'external' && ['TLS', 'HTTPS'].includes(protocol) ? 'https' : 'tcp'
}

/** Where a service's port was written: `port: 9080` is the number itself; `ports: { http: … }` is found by its key. */
export function portPath(port: PortState, index: number): (string | number)[] {
  return index === 0 && port.name === port.protocol.toLowerCase() ? [1, 'port'] : [1, 'ports', port.name]
}

interface VersionPlace {
  readonly service: ServiceState
  readonly version: string
  /** The call of `service`. */
  readonly site: number
}

/** The Deployment of one version. */
export function deploymentOf(options: WorkloadOptions, { service, version, site }: VersionPlace): object {
  const place = [1, 'versions', version]
  const own = Object.entries(options.labels ?? {}).map(
    ([key, value]) => [key, traced(value, site, ...place, 'labels', key)] as const,
  )
  const labels = { app: service.name, version, ...Object.fromEntries(own) }
  return traced(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: traced(`${service.name}-${version}`, site, ...place), namespace: service.namespace, labels },
      spec: {
        replicas: traced(options.replicas ?? 1, site, ...place, 'replicas'),
        selector: { matchLabels: { app: service.name, version } },
        template: {
          metadata: { labels },
          spec: { serviceAccountName: service.name, containers: [containerOf(options, { service, version, site })] },
        },
      },
    },
    site,
    ...place,
  )
}

function containerOf(options: WorkloadOptions, { service, version, site }: VersionPlace): object {
  const place = (member: string) => [1, 'versions', version, member]
  const main = service.ports.find(isConnected)
  const datagrams = service.ports.find(port => !isConnected(port))
  const env = [
    ...(main === undefined ? [] : [{ name: 'PORT', value: String(main.number) }]),
    ...(datagrams === undefined ? [] : [{ name: 'UDP_PORT', value: String(datagrams.number) }]),
    ...service.calls.flatMap(call => urlVariables(call.target, service.namespace)),
    ...Object.entries(options.env ?? {}).map(([name, value]) =>
      traced({ name, value: String(value) }, site, ...place('env'), name),
    ),
  ]
  return {
    name: service.name,
    image: traced(options.image ?? `${service.name}:${version}`, site, ...place('image')),
    command: options.command === undefined ? undefined : traced([...options.command], site, ...place('command')),
    env,
    ports: service.ports.map((port, index) =>
      traced(
        { name: port.name, containerPort: port.number, ...(isConnected(port) ? {} : { protocol: 'UDP' }) },
        site,
        ...portPath(port, index),
      ),
    ),
    readinessProbe:
      options.health === undefined || main === undefined
        ? undefined
        : { httpGet: { path: traced(options.health, site, ...place('health')), port: main.number } },
  }
}
