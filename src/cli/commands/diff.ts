import { Command } from 'commander'
import { withClusterOptions } from '../cluster-flags.ts'
import { type CreateCommand, collect, examples } from '../command.ts'
import type { DiffFlags } from '../run-apply.ts'
import { sourceArgument } from '../source.ts'

/** `mesh diff`: what `mesh apply` would change. */
export const diffCommand: CreateCommand = finish =>
  withClusterOptions(new Command('diff'))
    .summary('show what applying a mesh would change in a cluster')
    .description('show what applying a mesh would change in a cluster; exit code 1 where it would change something')
    .argument(...sourceArgument)
    .option('--cluster', 'against the cluster (the default)')
    .option('--force', 'as if fields that another manager owns were taken')
    .option('--param <name=value>', 'a value for a parameter that the mesh declares; repeatable', collect)
    .addHelpText(
      'after',
      examples(
        ['mesh diff examples/bookinfo', 'against the current context'],
        ['helm template shop | mesh diff -', 'what another tool has written'],
        ['mesh diff --context prod || echo differs', 'exit code: 0 the same, 1 differs, 2 failed'],
      ),
    )
    .action(async (path: string, flags: DiffFlags) => {
      const { runDiff } = await import('../run-apply.ts')
      finish(await runDiff(path, flags))
    })
