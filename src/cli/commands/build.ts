import { Command } from 'commander'
import type { BuildFlags } from '../build/run-build.ts'
import { type CreateCommand, collect, examples } from '../command.ts'
import { sourceArgument } from '../source.ts'

/** What is written unless `--target` says less. */
const allTargets = 'kubernetes,istio,envoy'

/** `mesh build`: a mesh as files. */
export const buildCommand: CreateCommand = finish =>
  new Command('build')
    .description('compile a mesh to Kubernetes, Istio and Envoy files')
    .argument(...sourceArgument)
    .option('-o, --out <folder>', 'where to write', 'out')
    .option('--target <names>', 'what to write, separated by commas', allTargets)
    .option('--param <name=value>', 'a value for a parameter that the mesh declares; repeatable', collect)
    .option('--verify', 'let Envoy validate each file that is for it')
    .option('--envoy <file>', 'the Envoy to verify with')
    .option('--watch', 'go on, and build again when a file changes')
    .addHelpText(
      'after',
      examples(
        ['mesh build examples/bookinfo -o out', 'all targets'],
        ['mesh build --target envoy --verify', 'and ask Envoy whether it takes them'],
        ['mesh build --param env=prod --watch', 'again after each change'],
        ['kustomize build . | mesh build - -o out', 'what another tool has written'],
      ),
    )
    .action(async (path: string, flags: BuildFlags) => {
      const { runBuild } = await import('../build/run-build.ts')
      finish(await runBuild(path, flags))
    })
