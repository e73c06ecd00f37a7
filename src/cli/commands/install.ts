import { Command, Option } from 'commander'
import { type CreateCommand, collect, examples } from '../command.ts'
import type { InstallFlags, UpgradeFlags } from '../run-install.ts'
import type { UninstallFlags } from '../run-uninstall.ts'

/** How long pods may take to come up, unless told otherwise. s */
const defaultWait = '180'

/** `mesh install`: the control plane into a cluster. */
export const installCommand: CreateCommand = finish =>
  new Command('install')
    .summary('install the control plane into a cluster')
    .description('install the control plane into a cluster, and wait until it runs; may be called again')
    .option('--profile <name>', 'where to begin: minimal, default or demo', 'default')
    .option('--set <path=value>', 'one value of the installation; repeatable', collect)
    .option('--target <name>', "whose the proxies are: envoy (ours) or istio (istiod's, beside which it only checks)")
    .option('--dry-run', 'ask the API server what would happen, and change nothing')
    .option('--force', 'with target istio: also where this mesh serves proxies, which nobody does from then on')
    .addOption(new Option('-o, --output <format>', 'print the resources instead, without a cluster').choices(['yaml']))
    .option('--wait <seconds>', 'how long pods may take', defaultWait)
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'the context to use; default: the current one')
    .addHelpText(
      'after',
      examples(
        ['mesh install --profile demo', 'on a laptop: minikube, kind'],
        ['mesh install --set gateway.replicas=2', 'for production, with two gateways'],
        ['mesh install --target istio', 'beside Istio, whose proxies stay its own'],
        ['mesh install -o yaml | kubectl apply --server-side -f -', 'by other means'],
      ),
    )
    .action(async (flags: InstallFlags) => {
      const { runInstall } = await import('../run-install.ts')
      finish(await runInstall(flags))
    })

/** `mesh upgrade`: an installation as this version of the command has it. */
export const upgradeCommand: CreateCommand = finish =>
  new Command('upgrade')
    .description('bring an installation to this version, and keep its values')
    .option('--profile <name>', 'begin with a profile again instead')
    .option('--set <path=value>', 'one value to change; repeatable', collect)
    .option('--target <name>', 'whose the proxies are: envoy or istio')
    .option('--dry-run', 'ask the API server what would happen, and change nothing')
    .option('--force', 'with target istio: also where this mesh serves proxies, which nobody does from then on')
    .option('--wait <seconds>', 'how long pods may take', defaultWait)
    .option('--system-namespace <name>', 'where it is installed', 'mesh-system')
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'the context to use; default: the current one')
    .addHelpText(
      'after',
      examples(
        ['mesh upgrade --dry-run', 'what would change'],
        ['mesh upgrade --set agent.replicas=3', 'and one value besides'],
      ),
    )
    .action(async (flags: UpgradeFlags) => {
      const { runUpgrade } = await import('../run-install.ts')
      finish(await runUpgrade(flags))
    })

/** `mesh uninstall`: the control plane out of a cluster. */
export const uninstallCommand: CreateCommand = finish =>
  new Command('uninstall')
    .description('take the control plane out of a cluster')
    .option(
      '--purge',
      'also the definitions, the authority and the trust bundles; refused while resources of the mesh exist',
    )
    .option('--force', 'also where this mesh serves proxies, which nobody does from then on')
    .option('--system-namespace <name>', 'where it is installed', 'mesh-system')
    .option('--kubeconfig <file>', 'the kubeconfig to use; default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'the context to use; default: the current one')
    .addHelpText(
      'after',
      examples(['mesh uninstall', 'where no proxy is served any more'], ['mesh uninstall --purge', 'leave nothing']),
    )
    .action(async (flags: UninstallFlags) => {
      const { runUninstall } = await import('../run-uninstall.ts')
      finish(await runUninstall(flags))
    })
