import { Command } from 'commander'
import { type CreateCommand, examples } from '../command.ts'

/** `mesh crds`: definitions of the kinds, for API servers that nobody has installed a mesh in. */
export const crdsCommand: CreateCommand = finish =>
  new Command('crds')
    .summary('print the definitions of Istio’s kinds, for an API server')
    .description('print CustomResourceDefinitions of Istio’s kinds, as `mesh install` brings them, as YAML')
    .argument('[kinds...]', 'which ones: VirtualService, virtualservices, vs; default: all')
    .addHelpText(
      'after',
      examples(
        ['mesh crds | kubectl apply --server-side -f -', 'into a cluster, without a control plane'],
        ['mesh crds Telemetry wasmplugins', 'two of them'],
        ['mesh crds > definitions.yaml', 'for review, or for Git'],
      ),
    )
    .action(async (words: readonly string[]) => {
      const { printDefinitions } = await import('../run-schema.ts')
      finish(printDefinitions(words))
    })
