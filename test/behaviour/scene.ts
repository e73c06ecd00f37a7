/**
 * Two real Envoys, one that carries a workload's calls and one that is a gateway, before services that each have rules of
 * their own: what a row of the table says is what one service's resources say.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Resource } from '../../src/kinds/resource.ts'
import type { Locality, ObservedEndpoint, Placement, ProxyPlacement } from '../../src/model/placement.ts'
import { type ResolveOptions, resolve } from '../../src/phases/2-resolve/resolve.ts'
import { checkRules } from '../../src/phases/3-check/rules.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'
import { emitBootstraps } from '../../src/phases/4-emit/envoy/index.ts'
import { placed } from '../kinds/accepted.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { freePorts, ownAddress } from '../support/free-ports.ts'
import { meshSettings } from '../support/mesh-settings.ts'

/** What is said of one service, and how it is called. */
export interface SceneRow {
  readonly service: string
  readonly protocol: string
  readonly resources: readonly Resource[]
  /** Where its endpoints of each version listen. */
  readonly ports: Readonly<{ [version: string]: number }>
  /** Where they stand, by version. Default: nobody says. */
  readonly places?: Readonly<{ [version: string]: Locality }>
}

/** A server of the gateway, as a Gateway has it. */
export interface GatewayServer {
  readonly port: { readonly number: number; readonly name: string; readonly protocol: string }
  readonly hosts: readonly string[]
  readonly tls?: object
}

export interface SceneOptions extends Pick<ResolveOptions, 'caFile'> {
  /** Default: HTTP for all hosts, on 8080. */
  readonly servers?: readonly GatewayServer[]
  /** Where the caller stands. Default: nobody says. */
  readonly locality?: Locality
  /** Where others like it stand, it among them. Default: nobody says. */
  readonly alike?: readonly Locality[]
  /** What is set for the whole mesh, as MeshConfig has it. */
  readonly settings?: object
  /** Do clients reach the gateway by its servers' own ports, as through a Service? Default: by those that are bound. */
  readonly isMapped?: true
  /** Secrets that proxies are given, by the names under which they ask. Default: they are given none. */
  readonly secrets?: Readonly<{ [name: string]: object }>
}

export interface Scene extends AsyncDisposable {
  /** Where the workload's own proxy listens for a service, at this process's own address. */
  portOf(service: string): number
  /** Where the gateway listens for one of its servers' ports. */
  gatewayPortOf(port: number): number
  /** What the proxies say of themselves, for failures. */
  log(): string
  /** What they wrote to their standard output: access logs. */
  output(): string
}

export const domain = 'default.svc.cluster.local'
export const gatewayLabels = { istio: 'ingressgateway' }

export async function startScene(
  rows: readonly SceneRow[],
  { servers = [plainServer], locality, alike = [], settings, secrets, isMapped, ...options }: SceneOptions = {},
): Promise<Scene> {
  const found = await freePorts(rows.length + servers.length, ownAddress)
  const [gatewayPorts, ports] = [found.slice(rows.length), found.slice(0, rows.length)]
  const set = settings === undefined ? [] : [meshSettings(settings)]
  const resources = [caller, gatewayWith(servers), ...set, ...rows.flatMap(row => [serviceOf(row), ...row.resources])]
  const { mesh } = resolve(checked(resources).map(placed), options).value
  const here = (port: number) => ({ address: ownAddress, port })
  const outbound = rows.map(({ service }, index) => ({
    host: `${service}.${domain}`,
    port: 80,
    listen: here(ports[index]!),
  }))
  const bound = servers.map(({ port: { number } }, index) => {
    return { port: number, listen: here(gatewayPorts[index]!), ...(isMapped === undefined ? {} : { isMapped }) }
  })
  const base = { namespace: 'default', address: '127.0.0.1', inbound: [] }
  const proxies: readonly ProxyPlacement[] = [
    {
      ...base,
      ...(locality === undefined ? {} : { locality }),
      name: 'caller',
      workload: 'caller',
      kind: 'sidecar',
      outbound,
      servers: [],
    },
    {
      ...base,
      name: 'ingressgateway',
      kind: 'router',
      labels: gatewayLabels,
      outbound: [],
      servers: bound,
    },
  ]
  const placement: Placement = {
    proxies: Object.fromEntries(proxies.map(proxy => [`${proxy.name}.default`, proxy])),
    endpoints: Object.fromEntries([
      ...rows.map(row => [`${row.service}.${domain}`, endpointsOf(row)] as const),
      [`caller.${domain}`, alike.map(callerAt)],
    ]),
    hasSecrets: secrets !== undefined,
  }
  await using stack = new AsyncDisposableStack()
  const given = secrets === undefined ? undefined : stack.use(secretFiles(secrets))
  const envoys = [...emitBootstraps(mesh, placement).values()].map(({ static_resources, node }) => {
    const statics = static_resources as object
    return stack.use(
      new TestEnvoy(given === undefined ? { statics } : { statics: given.asked(statics), node: node as object }),
    )
  })
  for (const envoy of envoys) await envoy.live()
  const owned = stack.move()
  return {
    gatewayPortOf: port => bound.find(server => server.port === port)!.listen.port,
    portOf: service => outbound.find(({ host }) => host === `${service}.${domain}`)!.listen.port,
    log: () => envoys.map(envoy => envoy.log()).join('\n'),
    output: () => envoys.map(envoy => envoy.output()).join(''),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function callerAt(locality: Locality, index: number): ObservedEndpoint {
  const workload = { name: 'caller', namespace: 'default', labels: callerLabels, serviceAccount: 'caller' }
  return { address: `192.0.2.${index + 1}`, ports: {}, locality, hasSidecar: true, workload }
}

/** Nobody serves Secrets to a proxy that starts with all that it has: it reads them from files, each from its own. */
function secretFiles(secrets: Readonly<{ [name: string]: object }>) {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-scene-'))
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret'
  const paths = new Map(Object.keys(secrets).map((name, index) => [name, join(folder, `${index}.json`)]))
  for (const [name, path] of paths)
    writeFileSync(path, JSON.stringify({ resources: [{ '@type': type, name, ...secrets[name] }] }))
  const read = (_key: string, value: unknown) => {
    const { name, sds_config: source } = (value ?? {}) as { readonly name?: string; readonly sds_config?: object }
    const path = source === undefined ? undefined : paths.get(name ?? '')
    return path === undefined
      ? value
      : { name, sds_config: { path_config_source: { path }, resource_api_version: 'V3' } }
  }
  return {
    asked: (statics: object) => JSON.parse(JSON.stringify(statics, read)) as object,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** A row that `mesh check` would refuse proves nothing. */
function checked(resources: readonly Resource[]): readonly Resource[] {
  const shaped = checkShapes(resources.map(placed))
  const found = [...shaped.diagnostics, ...checkRules(resolve(shaped.resources).value)]
  const wrong = found.filter(({ severity, code }) => severity === 'error' || code === 'MW5001')
  if (wrong.length > 0) throw new Error(wrong.map(({ message, subject }) => `${subject?.name}: ${message}`).join('\n'))
  return resources
}

function endpointsOf({ service, ports, places = {} }: SceneRow): ObservedEndpoint[] {
  return Object.entries(ports).map(([version, port]) => ({
    address: '127.0.0.1',
    ports: { main: port },
    ...(places[version] === undefined ? {} : { locality: places[version] }),
    hasSidecar: false,
    workload: {
      name: `${service}-${version}`,
      namespace: 'default',
      labels: { app: service, version },
      serviceAccount: service,
    },
  }))
}

function serviceOf({ service, protocol }: SceneRow): Resource {
  const ports = [{ name: 'main', port: 80, appProtocol: protocol }]
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: service }, spec: { selector: { app: service }, ports } }
}

const callerLabels = { app: 'caller', tier: 'front' }
const caller: Resource = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'caller' },
  spec: {
    selector: { matchLabels: callerLabels },
    template: { metadata: { labels: callerLabels }, spec: { containers: [{ name: 'a', image: 'a' }] } },
  },
}

const plainServer: GatewayServer = { port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }

function gatewayWith(servers: readonly GatewayServer[]): Resource {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: { selector: gatewayLabels, servers },
  }
}
