import { Command } from 'commander'
import { type CreateCommand, examples } from '../command.ts'
import type { AgentFlags } from '../run-agent.ts'

/** `mesh agent`: the control plane in a cluster. */
export const agentCommand: CreateCommand = finish =>
  new Command('agent')
    .description('the control plane of a cluster: what `mesh install` runs there')
    .option('--values <file>', 'JSON of the installation’s values; default: those of the default profile')
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: the pod’s own account')
    .option('--context <name>', 'the context to use; default: the current one')
    .addHelpText('after', examples(['mesh agent --values /etc/meshwright/values.json', 'as its pod starts it']))
    .action(async (flags: AgentFlags) => {
      const { runAgent } = await import('../run-agent.ts')
      finish(await runAgent(flags))
    })
