/** Bookinfo in the default namespace of a fresh cluster, injected, behind the gateway. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { IdentityReport } from '../../src/agent/workload-secrets.ts'
import { kubeconfig, kubectl, kubectlApply, startCluster } from './cluster.ts'
import { loadImages } from './images.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** Runs `mesh` from sources against the cluster; fails with what it printed. */
export async function mesh(...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const command = ['--conditions=source', join(root, 'src/cli/main.ts'), ...args]
  return run(process.execPath, command, { env: { ...process.env, KUBECONFIG: kubeconfig() }, maxBuffer: 1 << 26 })
}

/** A copy of the example whose resources are in the default namespace, as in the tutorial. */
export function bookinfoFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-bookinfo-'))
  cpSync(join(root, 'examples/bookinfo'), folder, { recursive: true })
  writeFileSync(join(folder, 'mesh.config.ts'), "export default { namespace: 'default' }\n")
  return folder
}

/** Where the gateway is reached from this machine. */
export async function gatewayUrl(): Promise<string> {
  const path = 'jsonpath={.spec.ports[?(@.name=="http2")].nodePort}'
  const port = (await kubectl('get', 'service', '-n', 'mesh-system', 'mesh-ingressgateway', '-o', path)).trim()
  return `http://127.0.0.1:${port}`
}

/** Asks for mutual TLS in the whole mesh. */
export async function askForMutualTls(): Promise<void> {
  await kubectlApply({
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace: 'mesh-system' },
    spec: { mtls: { mode: 'STRICT' } },
  })
}

export interface InstalledBookinfo {
  readonly page: string
  readonly folder: string
  identities(): Promise<IdentityReport[]>
  remove(): void
}

/**
 * @param options.set values of the installation
 * @param options.podCertificates as `startCluster`
 */
export async function installedBookinfo(
  options: { readonly set?: readonly string[]; readonly podCertificates?: boolean } = {},
): Promise<InstalledBookinfo> {
  await startCluster(options)
  await loadImages()
  const set = ['gateway.serviceType=NodePort', ...(options.set ?? [])].flatMap(value => ['--set', value])
  await mesh('install', '--profile', 'demo', '--wait', '120', ...set)
  await kubectl('label', 'namespace', 'default', 'meshwright.dev/injection=enabled')
  const folder = bookinfoFolder()
  await mesh('apply', folder)
  await kubectl('wait', '--for=condition=Available', 'deployment', '--all', '--timeout=120s')
  return {
    page: `${await gatewayUrl()}/productpage`,
    folder,
    identities: async () =>
      JSON.parse((await mesh('identity', '--cluster', '--format', 'json')).stdout) as IdentityReport[],
    remove: () => rmSync(folder, { recursive: true }),
  }
}
