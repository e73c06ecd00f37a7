import { Command } from 'commander'
import { grpcBootstrap } from '../../agent/grpc-clients.ts'
import { unknownWorkload } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { askStatus } from '../../local/control.ts'
import { type CreateCommand, examples } from '../command.ts'
import { dirArgument, findInstance, meantFolder, notUpHere, shortPath } from '../find-instance.ts'

interface Flags {
  readonly as?: string
  readonly namespace: string
}

/** `mesh grpc`: what lets a program that speaks gRPC dial `xds:///…` without a proxy. */
export const grpcCommand: CreateCommand = finish =>
  new Command('grpc')
    .summary('print what gRPC clients need to dial xds:///…')
    .description(
      'print what a gRPC client needs to dial `xds:///SERVICE:PORT` without a proxy, for GRPC_XDS_BOOTSTRAP_CONFIG; programs that ' +
        '`mesh up` starts have it already',
    )
    .argument(...dirArgument)
    .option('--as <workload>', 'see what this workload sees. Default: all that the namespace may see')
    .option('-n, --namespace <namespace>', 'where short names are looked up', 'default')
    .addHelpText(
      'after',
      examples(
        ['export GRPC_XDS_BOOTSTRAP_CONFIG="$(mesh grpc examples/bookinfo -n bookinfo)"', 'any client'],
        ['mesh grpc --as productpage-v1', 'as productpage’s first version'],
      ),
    )
    .action(async (dir: string | undefined, flags: Flags) => {
      process.stdout.write(`${JSON.stringify(await bootstrapFor(dir, flags))}\n`)
      finish(0)
    })

async function bootstrapFor(dir: string | undefined, { as: wanted, namespace }: Flags): Promise<object> {
  const { state } = findInstance(meantFolder(dir))
  const status = await askStatus(state)
  if (status === undefined) throw notUpHere(dir)
  const server = `unix://${state.xdsSocket}`
  if (wanted === undefined) return grpcBootstrap(server, { namespace })
  const sidecars = status.proxies.filter(({ kind }) => kind === 'sidecar')
  const found = sidecars.find(({ name, namespace: its }) => name === wanted || `${name}.${its}` === wanted)
  if (found !== undefined) return grpcBootstrap(server, { namespace: found.namespace, carrier: found.name })
  const known = sidecars.map(({ name }) => name).join(', ')
  throw new Failure(unknownWorkload({}, { name: wanted, folder: shortPath(state.dir), known }))
}
