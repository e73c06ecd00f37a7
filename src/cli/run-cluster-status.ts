import { counted } from '../util/counted.ts'
import { inspectCluster } from './inspect-cluster.ts'
import type { InspectFlags } from './inspect-options.ts'
import type { ExitCode } from './main.ts'
import { textTable } from './text-table.ts'

/**
 * Prints how a cluster's control plane is: its replicas, what proxies have accepted, and what expires when.
 *
 * @returns 1 where something needs a look: objects that are left out, or proxies that have not accepted what they were sent
 */
export async function runClusterStatus(flags: InspectFlags & { readonly format: 'text' | 'json' }): Promise<ExitCode> {
  // How the mesh is does not depend on where somebody works.
  const inspection = inspectCluster(flags.namespace === undefined ? { ...flags, allNamespaces: true } : flags)
  const [replicas, proxies, { identities }] = await Promise.all([
    inspection.replicas(),
    inspection.proxies(),
    inspection.identities(),
  ])
  const findings = [...new Set(replicas.flatMap(replica => replica.findings))]
  const laggards = proxies.filter(({ accepted }) => !accepted)
  const isBesideIstio = replicas.some(({ target }) => target === 'istio')
  if (flags.format === 'json')
    process.stdout.write(`${JSON.stringify({ replicas, proxies, identities, findings }, null, 2)}\n`)
  else {
    const rows = replicas.map(({ name, revision, isWriter, proxies: count, accepted, authority }) => [
      name,
      isWriter ? 'yes' : 'no',
      revision?.slice(0, 12) ?? 'none',
      `${accepted} of ${count}`,
      `${authority.secret} until ${new Date(authority.notAfter).toISOString().slice(0, 10)}`,
    ])
    process.stdout.write(textTable([['REPLICA', 'WRITES', 'REVISION', 'ACCEPTED BY', 'AUTHORITY'], ...rows]))
    process.stdout.write(
      isBesideIstio
        ? "\nbeside Istio (target istio): proxies are istiod's; this control plane checks what is applied, and serves none\n"
        : `\n${counted(proxies.length, 'proxy', 'proxies')}, of which ${proxies.length - laggards.length} accepted what was sent\n`,
    )
    for (const { name, namespace, types } of laggards)
      process.stdout.write(`  ${name}.${namespace}: ${reasonOf(types)}\n`)
    const next = identities.flatMap(({ notAfter }) => notAfter ?? []).sort((a, b) => a - b)[0]
    if (next !== undefined)
      process.stdout.write(
        `${counted(identities.length, 'certificate')}, the first expires ${new Date(next).toISOString().replace('.000', '')}\n`,
      )
    for (const finding of findings) process.stdout.write(`${finding}\n`)
  }
  return findings.length + laggards.length > 0 ? 1 : 0
}

function reasonOf(types: readonly { readonly type: string; readonly nack: string | null }[]): string {
  const refused = types.find(({ nack }) => nack !== null)
  return refused === undefined ? 'has not answered yet' : `refused ${refused.type}: ${refused.nack}`
}
