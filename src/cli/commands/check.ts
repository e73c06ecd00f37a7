import { Command, Option } from 'commander'
import { compile } from '../../compile.ts'
import { renderJson } from '../../diagnostics/render-json.ts'
import { type CreateCommand, examples } from '../command.ts'
import { readParams } from '../params.ts'
import { findingsText } from '../print-findings.ts'

interface CheckFlags {
  readonly format: 'text' | 'json'
  readonly param?: readonly string[]
}

/** `mesh check`: what is wrong with a mesh. */
export const checkCommand: CreateCommand = finish =>
  new Command('check')
    .description('type-check a mesh, and hold it against schemas and policies')
    .argument('[path]', 'a folder with mesh.ts, or a *.ts or *.yaml file', '.')
    .addOption(new Option('--format <format>', 'how to print findings').choices(['text', 'json']).default('text'))
    .option('--param <name=value...>', 'a value for a parameter that the mesh declares')
    .addHelpText(
      'after',
      examples(
        ['mesh check examples/bookinfo', 'exit code 1 where there are errors'],
        ['mesh check --format json', 'for programs'],
      ),
    )
    .action(async (path: string, flags: CheckFlags) => {
      const compiled = await compile({ path, params: readParams(flags.param) })
      const { diagnostics } = compiled
      process.stdout.write(
        flags.format === 'json' ? renderJson(diagnostics) : findingsText(compiled, diagnostics, process.stdout),
      )
      finish(compiled.isBroken ? 1 : 0)
    })
