import type { Command } from 'commander'
import { ClusterClient } from '../cluster/client.ts'
import { connect } from '../cluster/connection.ts'

/** The options by which a cluster is chosen, as kubectl has them. */
export interface ClusterFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
}

/** Adds them to a command. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'the context to use; default: the current one')
    .option('-n, --namespace <name>', 'the namespace of what names none; default: the context’s')
}

/** Adds those by which an installation is found. */
export function withInstallationOptions(command: Command): Command {
  return command
    .option('--system-namespace <name>', 'where the control plane is installed', 'mesh-system')
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'the context to use; default: the current one')
}

/**
 * The cluster that the options name.
 *
 * @throws Failure where there is none
 */
export function clusterOf({ kubeconfig, context, namespace }: ClusterFlags): {
  readonly client: ClusterClient
  readonly namespace: string
} {
  const connection = connect({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  })
  return { client: new ClusterClient(connection), namespace: namespace ?? connection.namespace }
}
