import { profiles } from '../cluster/install/values.ts'
import { type Verified, verifyCluster } from '../cluster/verify.ts'
import { Failure } from '../diagnostics/failure.ts'
import { clusterOf } from './cluster-flags.ts'
import { inspectCluster } from './inspect-cluster.ts'
import type { InspectFlags } from './inspect-options.ts'
import type { ExitCode } from './main.ts'
import { installedValues } from './run-install.ts'
import { isColoured, painter } from './terminal.ts'

/**
 * Looks at a cluster and prints what it finds.
 *
 * @returns 1 where something keeps the mesh from working
 * @throws Failure where there is no cluster
 */
export async function runVerify(flags: InspectFlags & { readonly format: 'text' | 'json' }): Promise<ExitCode> {
  const { client } = clusterOf(flags)
  const installed = await installedValues(client, flags.systemNamespace).catch(error => {
    if (error instanceof Failure) return undefined
    throw error
  })
  const found = await verifyCluster({
    client,
    values: installed ?? profiles['default']!,
    isInstalled: installed !== undefined,
    replicas: () => inspectCluster(flags).replicas(),
    roots: async () => (await inspectCluster(flags).identities()).roots,
  })
  process.stdout.write(
    flags.format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : text(found, installed !== undefined),
  )
  return found.some(({ state }) => state === 'bad') ? 1 : 0
}

const signs = { good: ['✔', 'green'], note: ['!', 'yellow'], bad: ['✖', 'red'] } as const

function text(found: readonly Verified[], isInstalled: boolean): string {
  const paint = painter(isColoured(process.stdout))
  const lines = found.map(({ what, state, fact, remedy }) => {
    const [sign, style] = signs[state]
    return `${paint(sign, style)} ${what}: ${fact}\n${remedy === undefined ? '' : `    ${remedy}\n`}`
  })
  const bad = found.filter(({ state }) => state === 'bad').length
  const last = bad > 0 ? `${bad} to mend` : isInstalled ? 'all is well' : 'ready for `mesh install`'
  return `${lines.join('')}${last}\n`
}
