import { Command, Option } from 'commander'
import { type CreateCommand, examples } from '../command.ts'

/** The options of `mesh schema` as they are typed. */
export interface SchemaFlags {
  readonly all?: true
  readonly output?: string
}

/** `mesh schema`: what editors check YAML by. */
export const schemaCommand: CreateCommand = finish =>
  new Command('schema')
    .summary('print the JSON Schema of a kind, for editors')
    .description('print the JSON Schema of a kind, by which `mesh check` and editors judge YAML')
    .argument('[kind]', 'VirtualService, virtualservices, vs; gateways.networking.istio.io')
    .option('--all', 'of all kinds, in one object by their paths')
    .addOption(
      new Option('-o, --output <folder>', 'write a file for each kind there, with --all').implies({ all: true }),
    )
    .addHelpText(
      'after',
      examples(
        ['mesh schema VirtualService', 'of one kind'],
        ['mesh schema --all -o schemas', 'for `# yaml-language-server: $schema=…` and `yaml.schemas`'],
        ['mesh schema --all | jq keys', 'which ones there are'],
      ),
    )
    .action(async (kind: string | undefined, flags: SchemaFlags) => {
      const { printSchema } = await import('../run-schema.ts')
      finish(printSchema(kind, flags))
    })
