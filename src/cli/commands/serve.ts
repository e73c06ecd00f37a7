import { Command } from 'commander'
import { type CreateCommand, collect, examples } from '../command.ts'
import type { ServeFlags } from '../run-serve.ts'

/** `mesh serve`: the control plane alone. */
export const serveCommand: CreateCommand = finish =>
  new Command('serve')
    .description('serve a mesh over xDS to any Envoy whose node id has Istio’s form')
    .argument('[path]', 'a folder with mesh.ts, or a *.ts, *.yaml or *.json file', '.')
    .option('--xds <address>', 'where to listen: plaintext TCP, so no private keys are served', '127.0.0.1:15010')
    .option('--param <name=value>', 'a value for a parameter that the mesh declares; repeatable', collect)
    .addHelpText(
      'after',
      examples(
        ['mesh serve examples/bookinfo', 'node ids: sidecar~IP~NAME.NAMESPACE~DOMAIN, router~…'],
        ['mesh serve --xds 127.0.0.1:0', 'on a free port, which is printed'],
      ),
    )
    .action(async (path: string, flags: ServeFlags) => {
      const { runServe } = await import('../run-serve.ts')
      finish(await runServe(path, flags))
    })
