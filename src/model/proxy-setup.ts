/** How proxies are run, as far as that is settled when they start. */
import { type MeshSettings, settingsOf } from './mesh-settings.ts'
import { type Labels, type Node, selects } from './node.ts'

export interface ProxySetup {
  /** Worker threads; 0: one for each core. Absent: as an installation has it. */
  readonly concurrency?: number
  /** How long connections may go on once they are asked to end, ms. Absent: as an installation has it. */
  readonly drainMs?: number
  /** By name. */
  readonly environment?: Readonly<{ [name: string]: string }>
}

/** What is said of the proxies of some workloads (a ProxyConfig). */
export interface ProxySetupPolicy extends Node {
  /** Picks workloads of its namespace; absent: all, and of a root namespace those of the whole mesh. */
  readonly selector?: Labels
  readonly setup: ProxySetup
}

/** Whose proxy it is. */
export interface ProxyOwner {
  readonly namespace: string
  readonly labels: Labels
}

interface SetupContext {
  readonly proxySetups?: readonly ProxySetupPolicy[]
  readonly settings?: readonly MeshSettings[]
  readonly rootNamespaces: readonly string[]
}

/** Field by field, the narrowest that says it: what picks the workload, its namespace, the mesh, and MeshConfig. */
export function proxySetupFor(context: SetupContext, { namespace, labels }: ProxyOwner): ProxySetup {
  const { proxySetups = [], rootNamespaces } = context
  const wide = proxySetups.filter(({ selector }) => selector === undefined)
  const root = wide.find(policy => rootNamespaces.includes(policy.namespace))
  const own = wide.find(policy => policy.namespace === namespace)
  const picking = proxySetups.filter(
    policy => policy.namespace === namespace && policy.selector !== undefined && selects(policy.selector, labels),
  )
  const all = [settingsOf(context)?.proxies, ...[root, own, ...picking].map(policy => policy?.setup)]
  return all.reduce<ProxySetup>((merged, setup) => mergedSetup(merged, setup), {})
}

function mergedSetup(wider: ProxySetup, setup: ProxySetup = {}): ProxySetup {
  if (wider.environment === undefined || setup.environment === undefined) return { ...wider, ...setup }
  return { ...wider, ...setup, environment: { ...wider.environment, ...setup.environment } }
}
