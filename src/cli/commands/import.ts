import { Command } from 'commander'
import { type CreateCommand, examples } from '../command.ts'
import type { ImportFlags } from '../import/run-import.ts'

/** `mesh import`: YAML as TypeScript. */
export const importCommand: CreateCommand = finish =>
  new Command('import')
    .summary('turn YAML into TypeScript that compiles to the same resources')
    .description('turn YAML or JSON into TypeScript, and see that it compiles to the same resources')
    .argument('[path]', 'a folder, a *.yaml or *.json file, or - for standard input', '.')
    .option('-o, --out <folder>', 'where to write', 'mesh')
    .option('--force', 'overwrite files that are there')
    .addHelpText(
      'after',
      examples(
        ['mesh import k8s -o mesh', 'each file of a folder as a module'],
        ['helm template shop | mesh import - -o mesh', 'what another tool has written'],
        ['kubectl get vs,dr -A -o yaml | mesh import -', 'what a cluster holds'],
      ),
    )
    .action(async (path: string, flags: ImportFlags) => {
      const { runImport } = await import('../import/run-import.ts')
      finish(await runImport(path, flags))
    })
