import { Command, Option } from 'commander'
import { withInstallationOptions } from '../cluster-flags.ts'
import { type CreateCommand, examples } from '../command.ts'
import type { InspectFlags } from '../inspect-options.ts'

/** `mesh verify`: what is wrong with a cluster. */
export const verifyCommand: CreateCommand = finish =>
  withInstallationOptions(new Command('verify'))
    .summary('say what is wrong with a cluster, and how to mend it')
    .description('say what is wrong with a cluster, before an installation and after it, each with a remedy')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText('after', examples(['mesh verify', 'exit code 1 where something has to be mended']))
    .action(async (flags: InspectFlags & { readonly format: 'text' | 'json' }) => {
      const { runVerify } = await import('../run-verify.ts')
      finish(await runVerify(flags))
    })
