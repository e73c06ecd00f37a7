/**
 * etcd and a kube-apiserver alone, in a folder and on ports of their own: nothing runs in it, but all that it says is
 * Kubernetes' own word. Needs no root, and runs beside others.
 */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ClusterClient } from '../../src/cluster/client.ts'
import { connect } from '../../src/cluster/connection.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { freePort } from '../support/free-ports.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'cluster')

/** Why this machine can't run it; undefined where it can. */
export function cannotRunApi(): string | undefined {
  if (process.platform !== 'linux') return 'the test API server needs Linux'
  const isBuilt = existsSync(join(homedir(), '.cache/mesh-cluster/bin'))
  return isBuilt || spawnSync('go', ['version']).status === 0 ? undefined : 'the test API server needs Go to be built'
}

/** Where Kubernetes' programs are, which are built where they are not yet. */
export async function binaryFolder(): Promise<string> {
  return (await run('bash', [script, 'binary'])).stdout.trim()
}

/** An address of this machine that is not loopback, which endpoints may not be. */
export const machineAddress =
  Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'

/** So long it may take to be ready, ms: about ten times of what it does. */
const startMs = 100_000

/** Flags of a kube-apiserver that serves PodCertificateRequests. */
export const podCertificateFlags = [
  '--feature-gates=PodCertificateRequest=true',
  '--runtime-config=certificates.k8s.io/v1alpha1=true',
] as const

/** As its tokens say it. */
export const issuer = 'https://kubernetes.default.svc.cluster.local'

export class ApiServer {
  readonly folder: string
  readonly port: number
  readonly #etcdPort: number
  readonly #binary: string
  readonly #more: readonly string[]
  readonly #adminToken = randomBytes(16).toString('hex')
  #etcd: ChildProcess | undefined
  #server: ChildProcess | undefined
  /** Which keys sign tokens and which are believed: by their files' names. */
  #keys: { readonly signing: string; readonly trusted: readonly string[] } = { signing: 'sa', trusted: ['sa'] }

  private constructor(
    folder: string,
    { binary, more }: { readonly binary: string; readonly more: readonly string[] },
    ports: { readonly api: number; readonly etcd: number },
  ) {
    this.folder = folder
    this.#binary = binary
    this.#more = more
    this.port = ports.api
    this.#etcdPort = ports.etcd
  }

  /** @param more flags of kube-apiserver */
  static async start(more: readonly string[] = []): Promise<ApiServer> {
    const ports = { api: await freePort(), etcd: await freePort() }
    const folder = mkdtempSync(join(tmpdir(), 'mesh-api-'))
    const server = new ApiServer(folder, { binary: await binaryFolder(), more }, ports)
    process.once('exit', () => server.#killAll())
    server.#makeFiles()
    await server.#startEtcd()
    await server.startServer()
    return server
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`
  }

  file(name: string): string {
    return join(this.folder, name)
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8')
  }

  /** Path of a kubeconfig: of the administrator, straight to the server, where nothing else is said. */
  kubeconfig({ url = this.url, token = this.#adminToken }: { readonly url?: string; readonly token?: string } = {}) {
    const file = this.file(`kubeconfig-${randomBytes(4).toString('hex')}`)
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': this.file('ca.crt') } }],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    }
    writeFileSync(file, JSON.stringify(config))
    return file
  }

  client(options: { readonly url?: string; readonly token?: string } = {}): ClusterClient {
    return new ClusterClient(connect({ kubeconfig: this.kubeconfig(options) }))
  }

  /** Starts the API server again where it was stopped; resolves once it is ready. */
  async startServer(keys = this.#keys): Promise<void> {
    this.#keys = keys
    this.#server = this.#spawn('kube-apiserver', join(this.#binary, 'kube-apiserver'), [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      `--secure-port=${this.port}`,
      '--bind-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--advertise-address=${machineAddress}`,
      `--cert-dir=${this.folder}`,
      `--tls-cert-file=${this.file('server.crt')}`,
      `--tls-private-key-file=${this.file('server.key')}`,
      `--service-account-issuer=${issuer}`,
      ...keys.trusted.map(key => `--service-account-key-file=${this.file(`${key}.key`)}`),
      `--service-account-signing-key-file=${this.file(`${keys.signing}.key`)}`,
      `--token-auth-file=${this.file('tokens.csv')}`,
      '--authorization-mode=Node,RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--allow-privileged=true',
      // Webhooks are called at their endpoints: there is no kube-proxy behind the addresses of Services.
      '--enable-aggregator-routing=true',
      '--max-requests-inflight=400',
      ...this.#more,
    ])
    const client = this.client()
    const deadline = performance.now() + startMs
    for (;;) {
      try {
        await client.call('GET', '/readyz', { deadline: performance.now() + 1000 })
      } catch (error) {
        // It answers "ok", which is no JSON.
        if (/no JSON: ok/.test((error as Error).message)) return
        const ended = [this.#etcd, this.#server].find(child => child?.exitCode !== null)
        if (ended !== undefined || performance.now() > deadline)
          throw new Error(`kube-apiserver is not ready\n${this.read('etcd.log')}\n${this.read('kube-apiserver.log')}`)
        await sleep(100)
      }
    }
  }

  /** Ends the API server without a word; etcd keeps what it had. */
  async stopServer(): Promise<void> {
    await kill(this.#server)
  }

  async stop(): Promise<void> {
    await kill(this.#server)
    await kill(this.#etcd)
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Another key for tokens of service accounts. */
  makeKey(name: string): void {
    this.#openssl('genrsa', '-out', this.file(`${name}.key`), '2048')
  }

  async #startEtcd(): Promise<void> {
    const peers = `http://127.0.0.1:${await freePort()}`
    const own = `http://127.0.0.1:${this.#etcdPort}`
    const built = join(this.#binary, 'etcd')
    this.#etcd = this.#spawn('etcd', existsSync(built) ? built : 'etcd', [
      ...['--data-dir', this.file('etcd'), '--listen-client-urls', own, '--advertise-client-urls', own],
      ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers, '--initial-cluster', `default=${peers}`],
      '--unsafe-no-fsync',
    ])
  }

  #spawn(name: string, command: string, args: readonly string[]): ChildProcess {
    const log = openSync(this.file(`${name}.log`), 'a')
    return spawn(command, args, { stdio: ['ignore', log, log] })
  }

  #makeFiles(): void {
    const names = `subjectAltName=DNS:localhost,IP:127.0.0.1,IP:${machineAddress}`
    writeFileSync(this.file('names'), names)
    writeFileSync(this.file('tokens.csv'), `${this.#adminToken},admin,1,system:masters\n`)
    const [ca, key] = [this.file('ca.crt'), this.file('ca.key')]
    this.#openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=ca', '-keyout', key, '-out', ca)
    const [request, serverKey] = [this.file('server.csr'), this.file('server.key')]
    this.#openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=server', '-keyout', serverKey, '-out', request)
    const signed = ['-CA', ca, '-CAkey', key, '-CAcreateserial', '-extfile', this.file('names')]
    this.#openssl('x509', '-req', '-in', request, ...signed, '-out', this.file('server.crt'))
    this.makeKey('sa')
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' })
  }

  #killAll(): void {
    this.#server?.kill('SIGKILL')
    this.#etcd?.kill('SIGKILL')
  }
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

/** A proxy for faults in front of a server, and how a client of its goes there. */
export function faultProxyOf(server: ApiServer): Promise<FaultProxy> {
  return FaultProxy.start({ to: server.url, cert: server.file('server.crt'), key: server.file('server.key') })
}
