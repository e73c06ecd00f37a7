import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { definedKinds, definitionOf, gatewayApiKinds } from '../cluster/install/crds.ts'
import { schemaPath, schemaText } from '../cluster/install/kind-schemas.ts'
import { commandFailed, optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { kinds } from '../kinds/index.ts'
import { toYaml } from '../phases/4-emit/resource-files.ts'
import { counted } from '../util/counted.ts'
import type { DefinitionFlags } from './commands/crds.ts'
import type { SchemaFlags } from './commands/schema.ts'
import { findKind } from './find-kind.ts'
import type { ExitCode } from './main.ts'

/**
 * Prints CustomResourceDefinitions.
 *
 * @param words the kinds; none: all
 * @throws Failure where one is not known
 */
export function printDefinitions(words: readonly string[], { istio, gatewayApi }: DefinitionFlags): ExitCode {
  const all = [
    ...(istio === true || gatewayApi !== true ? definedKinds : []),
    ...(gatewayApi === true ? gatewayApiKinds : []),
  ]
  const wanted = words.length === 0 ? all : words.map(word => findKind(word, all))
  process.stdout.write([...new Set(wanted)].map(definition => toYaml(definitionOf(definition))).join('---\n'))
  return 0
}

/**
 * Prints the schema of one kind or of all, or writes them to a folder.
 *
 * @throws Failure where the kind is not known, or the folder can't be written to
 */
export function printSchema(word: string | undefined, { all, output }: SchemaFlags): ExitCode {
  if ((word === undefined) !== (all === true))
    throw new Failure(
      optionInvalid({}, { option: 'mesh schema', problem: 'takes a kind, or --all', remedy: 'name one of the two' }),
    )
  if (word !== undefined) process.stdout.write(schemaText(findKind(word, kinds)))
  else if (output !== undefined) writeSchemas(output)
  else {
    const schemas = kinds.map(definition => [schemaPath(definition), JSON.parse(schemaText(definition))] as const)
    process.stdout.write(`${JSON.stringify(Object.fromEntries(schemas), null, 2)}\n`)
  }
  return 0
}

function writeSchemas(folder: string): void {
  try {
    for (const definition of kinds) {
      const file = join(folder, schemaPath(definition))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, schemaText(definition))
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const remedy = 'name a folder that can be written to'
    throw new Failure(commandFailed({}, { what: `the schemas can’t be written to ${folder}: ${reason}`, remedy }))
  }
  process.stderr.write(`${counted(kinds.length, 'schema')} in ${folder}\n`)
}
