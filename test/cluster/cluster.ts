import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'cluster')
const buffer = 1 << 26

/** Why this machine can't run the cluster; undefined where it can. */
export function cannotRun(): string | undefined {
  if (process.platform !== 'linux') return 'the test cluster needs Linux'
  if (process.getuid?.() !== 0) return 'the test cluster needs root'
  const isBuilt =
    existsSync(join(homedir(), '.cache/mesh-cluster/bin')) &&
    readdirSync(join(homedir(), '.cache/mesh-cluster/bin')).length > 0
  const hasGo = spawnSync('go', ['version']).status === 0
  return isBuilt || hasGo ? undefined : 'the test cluster needs Go 1.24 or newer to be built'
}

/**
 * Starts the cluster; it stays as it is where it runs already.
 *
 * @param options.podCertificates do kubelets make keys for pods?
 */
export async function startCluster(options: { readonly podCertificates?: boolean } = {}): Promise<void> {
  const more = options.podCertificates === true ? { CLUSTER_POD_CERTIFICATES: '1' } : {}
  await run('bash', [script, 'up'], { maxBuffer: buffer, env: { ...process.env, ...more } })
}

export async function stopCluster(): Promise<void> {
  await run('bash', [script, 'down'], { maxBuffer: buffer })
}

/** Path of the kubeconfig of a running cluster. */
export function kubeconfig(): string {
  return join(process.env['CLUSTER_DIR'] ?? join(homedir(), '.cache/mesh-cluster'), 'run/kubeconfig')
}

/** Applies objects from the server's side. @throws with kubectl's own words where it fails */
export function kubectlApply(...objects: readonly object[]): Promise<string> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  return new Promise((resolve, reject) => {
    const child = execFile(
      'bash',
      [script, 'kubectl', 'apply', '--server-side', '--force-conflicts', '-f', '-'],
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    )
    child.stdin?.end(list)
  })
}

/** @throws with kubectl's own words where it fails */
export async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('bash', [script, 'kubectl', ...args], { maxBuffer: buffer })
  return stdout
}
