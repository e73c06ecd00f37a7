import type { Command } from 'commander'
import type { ClusterFlags } from './cluster-flags.ts'

/** The options by which a command looks at a cluster instead of this machine. */
export interface InspectFlags extends ClusterFlags {
  readonly cluster?: true
  readonly allNamespaces?: true
  readonly systemNamespace: string
}

/** Adds them to a command that looks at what runs on this machine otherwise. */
export function withInspectOptions(command: Command): Command {
  return command
    .option('--cluster', 'look at a cluster, not at this machine; --context and --kubeconfig say so too')
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'the context to use; default: the current one')
    .option('-n, --namespace <name>', 'with --cluster: only of this namespace')
    .option('-A, --all-namespaces', 'with --cluster: of all, also where the context names one')
    .option('--system-namespace <name>', 'where the control plane is installed', 'mesh-system')
}

/** Does the command line ask for a cluster? */
export function isForCluster({ cluster, context, kubeconfig }: Partial<InspectFlags>): boolean {
  return cluster === true || context !== undefined || kubeconfig !== undefined
}
