import { Command } from 'commander'
import { optionInvalid } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { type CreateCommand, examples } from '../command.ts'
import type { ImportClusterFlags } from '../import/import-cluster.ts'
import { isForCluster } from '../inspect-options.ts'

/** `mesh import`: YAML, or what a cluster holds, as TypeScript. */
export const importCommand: CreateCommand = finish =>
  new Command('import')
    .summary('turn YAML into TypeScript that compiles to the same resources')
    .description(
      'turn YAML or JSON, or what a cluster holds, into TypeScript, and see that it compiles to the same resources',
    )
    .argument('[path]', 'a folder, a *.yaml or *.json file, or - for standard input; default: this folder')
    .option('-o, --out <folder>', 'where to write', 'mesh')
    .option('--force', 'overwrite files that are there')
    .option('--cluster', 'what a cluster holds, instead of files; --context and --kubeconfig say so too')
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'the context to use; default: the current one')
    .option('-n, --namespace <name>', 'with --cluster: only of this namespace')
    .option('-A, --all-namespaces', 'with --cluster: of all, also where the context names one')
    .addHelpText(
      'after',
      examples(
        ['mesh import k8s -o mesh', 'each file of a folder as a module'],
        ['helm template shop | mesh import - -o mesh', 'what another tool has written'],
        ['mesh import --cluster -n shop', 'what people have put into a namespace'],
      ),
    )
    .action(async (path: string | undefined, flags: ImportClusterFlags & { readonly cluster?: true }) => {
      if (!isForCluster(flags)) {
        const { runImport } = await import('../import/run-import.ts')
        return finish(await runImport(path ?? '.', flags))
      }
      if (path !== undefined) {
        const problem = 'is a path, beside --cluster: either is imported'
        throw new Failure(optionInvalid({}, { option: path, problem, remedy: 'leave one of them out' }))
      }
      const { importCluster } = await import('../import/import-cluster.ts')
      finish(await importCluster(flags))
    })
