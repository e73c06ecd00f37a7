import { Command } from 'commander'
import { withInstallationOptions } from '../cluster-flags.ts'
import { type CreateCommand, examples } from '../command.ts'
import type { JoinFlags } from '../run-join.ts'
import type { InviteFlags, JoinTokenFlags } from '../run-join-token.ts'

/** `mesh join-token`: who may join from outside of the cluster. */
export const joinTokenCommand: CreateCommand = finish => {
  const create = withInstallationOptions(new Command('create'))
    .description('let one machine in, as a service account: prints the command to type there; its token is good once')
    .requiredOption('--service-account <ns/name>', 'whom the machine is to be')
    .option('--ttl <time>', 'how long the token is good: 90s, 30m, 1h, 2d', '1h')
    .option('--address <ip>', 'only for a machine at this address, as the control plane sees it')
    .option('--agent <host:port>', 'where the machine reaches the control plane; default: its load balancer')
    .addHelpText(
      'after',
      examples(
        ['mesh join-token create --service-account shop/billing', 'prints a line for the machine'],
        ['mesh join-token create --service-account shop/billing --ttl 10m --address 10.0.0.7', 'for that one alone'],
      ),
    )
    .action(async (flags: InviteFlags) => finish(await (await import('../run-join-token.ts')).runInvite(flags)))
  const list = withInstallationOptions(new Command('list'))
    .description('list the machines that have joined, and the tokens that are open')
    .addHelpText('after', examples(['mesh join-token list', 'with the id of each']))
    .action(async (flags: JoinTokenFlags) => finish(await (await import('../run-join-token.ts')).runList(flags)))
  const remove = withInstallationOptions(new Command('delete'))
    .description('take a token back, or put a machine out of the mesh: its stream ends at once')
    .argument('<id>', 'as `mesh join-token list` shows it')
    .addHelpText('after', examples(['mesh join-token delete 0123456789abcdef', 'at once']))
    .action(async (id: string, flags: JoinTokenFlags) =>
      finish(await (await import('../run-join-token.ts')).runDelete(id, flags)),
    )
  return new Command('join-token')
    .summary('let machines outside of the cluster join')
    .description('let machines outside of the cluster join: one-time tokens, and who has joined')
    .addCommand(create)
    .addCommand(list)
    .addCommand(remove)
}

/** `mesh join`: this machine becomes part of a cluster's mesh. */
export const joinCommand: CreateCommand = finish =>
  new Command('join')
    .summary('make this machine part of a cluster’s mesh')
    .description(
      'make this machine part of a cluster’s mesh: a one-time token is exchanged for a folder from which an Envoy starts that ' +
        'calls services as the token’s account',
    )
    .option('--agent <host:port>', 'where the control plane serves xDS')
    .option('--token <token>', 'what `mesh join-token create` has printed; good once')
    .option('--token-file <file>', 'read it from a file, or from standard input (-)')
    .option('--ca <file>', 'the roots of the mesh: what `mesh identity --cluster --roots` prints')
    .option('--name <name>', 'what the machine is called in the mesh; default: its host name')
    .option('--address <ip>', 'its address; default: as the control plane sees it')
    .option('--dir <dir>', 'the folder to write, or to run', 'mesh-machine')
    .option('--system-namespace <name>', 'where the control plane is installed', 'mesh-system')
    .option('--run', 'run Envoy, and keep the folder fresh: its roots and what it shows the control plane')
    .option('--envoy <file>', 'the Envoy to run; default: as `mesh up` finds one')
    .addHelpText(
      'after',
      examples(
        ['mesh join --agent mesh.example.com:15012 --token … --ca ca.pem', 'once'],
        ['mesh join --run', 'from then on; a service of systemd’s, say'],
        ['envoy -c mesh-machine/bootstrap.json', 'or Envoy alone: for a week'],
      ),
    )
    .action(async (flags: JoinFlags) => {
      const { runJoin } = await import('../run-join.ts')
      finish(await runJoin(flags))
    })
