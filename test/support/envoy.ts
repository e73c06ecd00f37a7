import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { XdsTarget } from '../../src/xds/server.ts'
import { findTestEnvoy } from './find-test-envoy.ts'
import { eventually } from './xds-server.ts'

/** Resources that an Envoy starts with, in place of a control plane. */
export interface StaticOptions {
  readonly statics: object
  /** What it calls itself. Default: nothing. */
  readonly node?: object
  /** Who collects its spans, as a bootstrap says it. Default: nobody. */
  readonly tracing?: object
}

export interface EnvoyOptions {
  /** The network namespace in which it runs, under the user whose connections are not redirected there. Default: ours, as we are. */
  readonly pod?: { readonly namespace: string; readonly user: number }
  readonly protocol: 'sotw' | 'delta'
  readonly xds: XdsTarget
  readonly nodeId: string
  /** How it knows its control plane, and how that knows it. Absent: plain text. */
  readonly tls?: { readonly ca: string; readonly serverName: string; readonly token: string }
}

/** A real Envoy that gets everything over ADS, or starts with it; its admin page is on a Unix socket. */
export class TestEnvoy {
  readonly folder: string
  readonly #process: ChildProcess
  readonly #exited: Promise<void>

  constructor(options: EnvoyOptions | StaticOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'mesh-envoy-'))
    const config = join(this.folder, 'bootstrap.json')
    const admin = join(this.folder, 'admin.sock')
    const content =
      'statics' in options
        ? {
            admin: { address: { pipe: { path: admin } } },
            static_resources: options.statics,
            ...(options.node === undefined ? {} : { node: options.node }),
            ...(options.tracing === undefined ? {} : { tracing: options.tracing }),
          }
        : bootstrap(options, admin)
    writeFileSync(config, JSON.stringify(content))
    const args = [
      '-c',
      config,
      '--disable-hot-restart',
      '--concurrency',
      '1',
      '-l',
      'warning',
      '--log-path',
      join(this.folder, 'log'),
      // Lines of access logs are there soon, where Envoy's default may take 10 s.
      '--file-flush-interval-msec',
      '100',
    ]
    const output = openSync(join(this.folder, 'output'), 'w')
    const pod = 'pod' in options ? options.pod : undefined
    const [command, ...before] = pod === undefined ? [findTestEnvoy()!] : this.#inPod(pod)
    this.#process = spawn(command, [...before, ...args], { stdio: ['ignore', output, 'ignore'] })
    closeSync(output)
    this.#exited = new Promise(resolve => this.#process.once('exit', () => resolve()))
  }

  #inPod({ namespace, user }: NonNullable<EnvoyOptions['pod']>): [string, ...string[]] {
    const binary = join(this.folder, 'envoy')
    // Another user may not look into root's folders, nor into those that we make.
    copyFileSync(findTestEnvoy()!, binary)
    chmodSync(binary, 0o755)
    chmodSync(this.folder, 0o777)
    const id = String(user)
    return ['ip', 'netns', 'exec', namespace, 'setpriv', '--reuid', id, '--regid', id, '--clear-groups', binary]
  }

  /** GETs an admin page; undefined while the admin doesn't answer yet. */
  async admin(path: string): Promise<string | undefined> {
    return (await get({ socketPath: join(this.folder, 'admin.sock'), path }))?.body
  }

  /** LIVE, PRE_INITIALIZING, INITIALIZING; undefined while it starts. */
  async state(): Promise<string | undefined> {
    const info = await this.admin('/server_info')
    return info === undefined ? undefined : (JSON.parse(info) as { state: string }).state
  }

  async live(): Promise<void> {
    // Machines that run several suites at once may take a while to start hundreds of listeners.
    await eventually(`LIVE\n${this.log()}`, async () => (await this.state()) === 'LIVE', 60_000)
  }

  async stat(name: string): Promise<number> {
    const text = (await this.admin(`/stats?filter=${encodeURIComponent(`^${RegExp.escape(name)}$`)}`)) ?? ''
    return Number(/: (\d+)/.exec(text)?.[1] ?? 0)
  }

  /** Names of the active dynamic resources of one kind in its config dump, and of those that still warm. */
  async dynamic(kind: 'cluster' | 'listener'): Promise<{ readonly active: string[]; readonly warming: string[] }> {
    const dump = JSON.parse((await this.admin('/config_dump')) ?? '{"configs":[]}') as {
      configs: { [name: string]: unknown }[]
    }
    const names = (list: unknown) =>
      ((list ?? []) as { name?: string; cluster?: { name: string } }[])
        .map(entry => entry.name ?? entry.cluster?.name ?? '')
        .sort()
    if (kind === 'cluster') {
      const found = dump.configs.find(config => String(config['@type']).endsWith('ClustersConfigDump'))
      return { active: names(found?.['dynamic_active_clusters']), warming: names(found?.['dynamic_warming_clusters']) }
    }
    const found = dump.configs.find(config => String(config['@type']).endsWith('ListenersConfigDump'))
    const states = (found?.['dynamic_listeners'] ?? []) as {
      name: string
      active_state?: object
      warming_state?: object
    }[]
    const withState = (state: 'active_state' | 'warming_state') =>
      states
        .filter(listener => listener[state] !== undefined)
        .map(({ name }) => name)
        .sort()
    return { active: withState('active_state'), warming: withState('warming_state') }
  }

  /** Stops the process without ending it: its connections stay open and nobody reads them. */
  freeze(): void {
    this.#process.kill('SIGSTOP')
  }

  /** What it wrote to its standard output: access logs. */
  output(): string {
    return readFileSync(join(this.folder, 'output'), 'utf8')
  }

  log(): string {
    try {
      return readFileSync(join(this.folder, 'log'), 'utf8').slice(-4000)
    } catch {
      return ''
    }
  }

  /** Fails where it had ended by itself: what a test saw of it then has this one cause. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#process
    const log = this.log()
    this.#process.kill('SIGKILL')
    await this.#exited
    rmSync(this.folder, { recursive: true, force: true })
    if (exitCode !== null || signalCode !== null)
      throw new Error(`an Envoy ended by itself: ${signalCode ?? exitCode}\n${log}`)
  }
}

function bootstrap({ protocol, xds, nodeId, tls }: EnvoyOptions, admin: string): object {
  const address =
    'path' in xds ? { pipe: { path: xds.path } } : { socket_address: { address: xds.host, port_value: xds.port } }
  const http2 = {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  }
  const cluster = {
    name: 'xds',
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: 'xds', endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2 },
    ...(tls === undefined ? {} : { transport_socket: upstreamTls(tls) }),
  }
  const metadata = tls === undefined ? [] : [{ key: 'authorization', value: `Bearer ${tls.token}` }]
  // Comes back soon after the server has gone, where Envoy's default may take 30 s.
  const retry = { retry_back_off: { base_interval: '0.1s', max_interval: '0.3s' } }
  const source = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' }
  return {
    node: { id: nodeId, cluster: 'test' },
    admin: { address: { pipe: { path: admin } } },
    static_resources: { clusters: [cluster] },
    dynamic_resources: {
      ads_config: {
        api_type: protocol === 'sotw' ? 'GRPC' : 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds', retry_policy: retry }, initial_metadata: metadata }],
      },
      cds_config: source,
      lds_config: source,
    },
  }
}

function upstreamTls({ ca, serverName }: NonNullable<EnvoyOptions['tls']>): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      sni: serverName,
      common_tls_context: {
        validation_context: {
          trusted_ca: { inline_string: ca },
          match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: serverName } }],
        },
      },
    },
  }
}

/** GETs; undefined where nothing answers. */
export function get(options: {
  readonly socketPath?: string
  readonly host?: string
  readonly port?: number
  readonly path: string
  readonly headers?: Readonly<{ [name: string]: string }>
  readonly timeoutMs?: number
}): Promise<{ readonly status: number; readonly body: string } | undefined> {
  return new Promise(resolve => {
    const call = request(
      { host: '127.0.0.1', agent: false, timeout: options.timeoutMs ?? 5000, ...options },
      response => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', () => resolve(undefined))
      },
    )
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}

/** An HTTP server on loopback that says its name. */
export async function upstream(name: string): Promise<{ readonly port: number } & AsyncDisposable> {
  const server: Server = createHttpServer((_, response) => response.end(name))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close }
}
