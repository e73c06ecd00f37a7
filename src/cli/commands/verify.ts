import { Command, Option } from 'commander'
import { type CreateCommand, examples } from '../command.ts'
import type { InspectFlags } from '../inspect-options.ts'

/** `mesh verify`: what is wrong with a cluster. */
export const verifyCommand: CreateCommand = finish =>
  new Command('verify')
    .summary('say what is wrong with a cluster, and how to mend it')
    .description('say what is wrong with a cluster, before an installation and after it, each with a remedy')
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'the context to use; default: the current one')
    .option('--system-namespace <name>', 'where the control plane is installed', 'mesh-system')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText('after', examples(['mesh verify', 'exit code 1 where something has to be mended']))
    .action(async (flags: InspectFlags & { readonly format: 'text' | 'json' }) => {
      const { runVerify } = await import('../run-verify.ts')
      finish(await runVerify(flags))
    })
