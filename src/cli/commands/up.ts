import { Command } from 'commander'
import { type CreateCommand, collect, examples } from '../command.ts'
import { isDaemon, upDetached } from '../detached.ts'
import { assertNotUp, findInstance } from '../find-instance.ts'
import { assertWatchable } from '../source.ts'
import { type UpFlags, upOptions } from '../up-options.ts'

/** How long `--detach` waits until all is ready, unless told otherwise. s */
const defaultWait = '60'

/** `mesh up`: runs a mesh on this machine. */
export const upCommand: CreateCommand = finish =>
  new Command('up')
    .description('run a mesh on this machine: its programs, and an Envoy for each')
    .argument('[path]', 'a folder with mesh.ts, or a *.ts, *.yaml or *.json file', '.')
    .option('-d, --detach', 'run in the background, and return once all is ready')
    .option('--wait <seconds>', 'with --detach: how long to wait', defaultWait)
    .option('--envoy <file>', 'the Envoy to run')
    .option('--gateway-port <port>', 'where a gateway listens: 8081, or 8080=8081 for one port of several', collect)
    .option('--gateway-address <address>', 'the address that gateways listen on', '127.0.0.1')
    .option('--address-range <address>', 'the first loopback address of the workloads', '127.1.0.0')
    .option('--param <name=value>', 'a value for a parameter that the mesh declares; repeatable', collect)
    .addHelpText(
      'after',
      examples(
        ['mesh up examples/bookinfo', 'until Ctrl-C; saved changes are pushed'],
        ['mesh up examples/bookinfo/canary.ts', 'another file of the same mesh'],
        ['mesh up --detach --gateway-port 8081', 'in the background, on another port'],
      ),
    )
    .action(async (path: string, flags: UpFlags) => {
      assertWatchable(path, 'mesh up')
      const options = upOptions(path, flags)
      const found = findInstance(path)
      assertNotUp(found)
      if (flags.detach && !isDaemon()) return finish(await upDetached(found.state))
      // Loaded only here: the compiler takes a quarter of a second, which `mesh status` need not wait for.
      const [{ runUp }, { createDelivery }] = await Promise.all([
        import('../run-up.ts'),
        import('../../local/create-delivery.ts'),
      ])
      finish(await runUp({ ...options, createDelivery }, Number(flags.wait) * 1000))
    })
