import { Command, Option } from 'commander'
import type { Compiled } from '../../compile.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { type Format, renderers } from '../../diagnostics/renderers.ts'
import { sortDiagnostics } from '../../diagnostics/sort.ts'
import { type CreateCommand, collect, examples } from '../command.ts'
import { readParams } from '../params.ts'
import { textOptions } from '../print-findings.ts'
import { readSource, sourceArgument } from '../source.ts'

interface CheckFlags {
  readonly format: Format
  readonly param?: readonly string[]
}

/** `mesh check`: what is wrong with a mesh. */
export const checkCommand: CreateCommand = finish =>
  new Command('check')
    .description('type-check a mesh, and hold it against schemas and policies')
    .argument(...sourceArgument)
    .addOption(new Option('--format <format>', 'how to print findings').choices(Object.keys(renderers)).default('text'))
    .option('--param <name=value>', 'a value for a parameter that the mesh declares; repeatable', collect)
    .addHelpText(
      'after',
      examples(
        ['mesh check examples/bookinfo', 'exit code 1 where there are errors'],
        ['mesh check --format json', 'for programs'],
        ['helm template shop | mesh check -', 'what another tool has written'],
      ),
    )
    .action(async (path: string, flags: CheckFlags) => {
      const params = readParams(flags.param)
      const source = await readSource(path)
      const { compile } = await import('../../compile.ts')
      const compiled = await compile({ ...source, params })
      const found = sortDiagnostics([...compiled.diagnostics, ...(await idlePatches(compiled))])
      process.stdout.write(renderers[flags.format](found, textOptions(compiled, process.stdout)))
      finish(compiled.isBroken ? 1 : 0)
    })

/** What EnvoyFilters change shows where everything is made that they could: for those alone it is worth it. */
async function idlePatches({ resolved, isBroken, diagnostics }: Compiled): Promise<Diagnostic[]> {
  if (isBroken || resolved === undefined || resolved.mesh.proxyPatches.length === 0) return []
  const { patchFindings } = await import('../../phases/4-emit/envoy/index.ts')
  return patchFindings(resolved, diagnostics)
}
