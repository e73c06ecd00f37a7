import { Command, Option } from 'commander'
import { type Format, renderers } from '../../diagnostics/renderers.ts'
import { folderOf } from '../../local/state/state-folder.ts'
import { type CreateCommand, collect, examples } from '../command.ts'
import { readParams } from '../params.ts'
import { textOptions } from '../print-findings.ts'

interface CheckFlags {
  readonly format: Format
  readonly param?: readonly string[]
}

/** `mesh check`: what is wrong with a mesh. */
export const checkCommand: CreateCommand = finish =>
  new Command('check')
    .description('type-check a mesh, and hold it against schemas and policies')
    .argument('[path]', 'a folder with mesh.ts, or a *.ts, *.yaml or *.json file', '.')
    .addOption(new Option('--format <format>', 'how to print findings').choices(Object.keys(renderers)).default('text'))
    .option('--param <name=value>', 'a value for a parameter that the mesh declares; repeatable', collect)
    .addHelpText(
      'after',
      examples(
        ['mesh check examples/bookinfo', 'exit code 1 where there are errors'],
        ['mesh check --format json', 'for programs'],
      ),
    )
    .action(async (path: string, flags: CheckFlags) => {
      const params = readParams(flags.param)
      folderOf(path)
      const { compile } = await import('../../compile.ts')
      const compiled = await compile({ path, params })
      process.stdout.write(renderers[flags.format](compiled.diagnostics, textOptions(compiled, process.stdout)))
      finish(compiled.isBroken ? 1 : 0)
    })
