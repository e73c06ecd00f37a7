import { Command } from 'commander'
import { withClusterOptions } from '../cluster-flags.ts'
import { type CreateCommand, collect, examples } from '../command.ts'
import type { ApplyFlags } from '../run-apply.ts'
import { sourceArgument } from '../source.ts'

/** `mesh apply`: brings a mesh's resources into a cluster. */
export const applyCommand: CreateCommand = finish =>
  withClusterOptions(new Command('apply'))
    .summary('compile a mesh and apply its resources to a cluster')
    .description('compile a mesh and apply its resources to a cluster (server-side apply)')
    .argument(...sourceArgument)
    .option('--dry-run', 'ask the API server what would happen, and change nothing')
    .option('--force', 'take fields that another manager owns')
    .option('--param <name=value>', 'a value for a parameter that the mesh declares; repeatable', collect)
    .addHelpText(
      'after',
      examples(
        ['mesh apply examples/bookinfo', 'to the current context'],
        ['mesh apply --context prod --dry-run', 'would the API server take it?'],
        ['mesh diff && mesh apply', 'look first'],
        ['helm template shop | mesh apply -', 'what another tool has written'],
      ),
    )
    .action(async (path: string, flags: ApplyFlags) => {
      const { runApply } = await import('../run-apply.ts')
      finish(await runApply(path, flags))
    })
