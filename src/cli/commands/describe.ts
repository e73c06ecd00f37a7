import { Command } from 'commander'
import { withClusterOptions } from '../cluster-flags.ts'
import { type CreateCommand, examples } from '../command.ts'
import type { ExitCode } from '../main.ts'
import type { DescribeFlags } from '../run-describe.ts'

/** `mesh describe`: what applies to a pod or a service of a cluster. */
export const describeCommand: CreateCommand = finish => {
  const one = (what: 'pod' | 'service', description: string, example: string) =>
    withClusterOptions(new Command(what))
      .description(description)
      .argument('<name>', 'its name')
      .option('--system-namespace <name>', 'where the control plane is installed', 'mesh-system')
      .addHelpText('after', examples([example, 'exit code 1 where something looks wrong']))
      .action(async (name: string, flags: DescribeFlags) => finish(await describe(what, name, flags)))
  return new Command('describe')
    .summary('say what applies to a pod or a service, and what looks wrong')
    .description('say what applies to a pod or a service of a cluster, and what looks wrong')
    .addCommand(
      one('pod', 'its proxy, ports, mutual TLS and whom it calls', 'mesh describe pod reviews-v1-7ffccd64b9-pbwvw'),
    )
    .addCommand(
      one('service', 'its ports, workloads, subsets, routes and exposure', 'mesh describe service reviews -n shop'),
    )
}

async function describe(what: 'pod' | 'service', name: string, flags: DescribeFlags): Promise<ExitCode> {
  const { runDescribe } = await import('../run-describe.ts')
  return runDescribe(what, name, flags)
}
