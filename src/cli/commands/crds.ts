import { Command } from 'commander'
import { type CreateCommand, examples } from '../command.ts'

/** The options of `mesh crds` as they are typed. */
export interface DefinitionFlags {
  readonly istio?: true
}

/** `mesh crds`: definitions of the kinds, for API servers that nobody has installed a mesh in. */
export const crdsCommand: CreateCommand = finish =>
  new Command('crds')
    .summary('print the definitions of the kinds, for an API server')
    .description('print CustomResourceDefinitions of the kinds, as `mesh install` brings them, as YAML')
    .argument('[kinds...]', 'which ones: VirtualService, virtualservices, vs; default: all')
    .option('--istio', 'those of Istio’s API groups alone')
    .addHelpText(
      'after',
      examples(
        ['mesh crds | kubectl apply --server-side -f -', 'into a cluster, without a control plane'],
        ['mesh crds --istio', 'Istio’s kinds, and no others that may come'],
        ['mesh crds Telemetry wasmplugins', 'two of them'],
        ['mesh crds > definitions.yaml', 'for review, or for Git'],
      ),
    )
    .action(async (words: readonly string[], flags: DefinitionFlags) => {
      const { printDefinitions } = await import('../run-schema.ts')
      finish(printDefinitions(words, flags))
    })
