import { Command } from 'commander'
import { type CreateCommand, examples } from '../command.ts'

/** The options of `mesh crds` as they are typed. */
export interface DefinitionFlags {
  readonly istio?: true
  readonly gatewayApi?: true
}

/** `mesh crds`: definitions of the kinds, for API servers that nobody has installed a mesh in. */
export const crdsCommand: CreateCommand = finish =>
  new Command('crds')
    .summary('print the definitions of the kinds, for an API server')
    .description(
      'print CustomResourceDefinitions of Istio’s kinds, as `mesh install` brings them, or of the Gateway API’s, as YAML',
    )
    .argument('[kinds...]', 'which ones: VirtualService, virtualservices, vs; default: all')
    .option('--istio', 'Istio’s kinds; the default, unless --gateway-api is given')
    .option('--gateway-api', 'those of the Gateway API 1.7, for a cluster that has none')
    .addHelpText(
      'after',
      examples(
        ['mesh crds | kubectl apply --server-side -f -', 'into a cluster, without a control plane'],
        ['mesh crds --istio --gateway-api', 'those of both APIs'],
        ['mesh crds Telemetry wasmplugins', 'two of them'],
        ['mesh crds --gateway-api HTTPRoute', 'one of the Gateway API'],
        ['mesh crds > definitions.yaml', 'for review, or for Git'],
      ),
    )
    .action(async (words: readonly string[], flags: DefinitionFlags) => {
      const { printDefinitions } = await import('../run-schema.ts')
      finish(printDefinitions(words, flags))
    })
