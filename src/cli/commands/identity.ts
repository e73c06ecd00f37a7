import { Command, Option } from 'commander'
import type { IdentityReport } from '../../agent/workload-secrets.ts'
import { noIdentities } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { askIdentities, type IdentitiesReport } from '../../local/control.ts'
import { withInstallationOptions } from '../cluster-flags.ts'
import { type CreateCommand, examples } from '../command.ts'
import { dirArgument, findInstance, meantFolder, notUpHere, shortPath } from '../find-instance.ts'
import { type InspectFlags, isForCluster, withInspectOptions } from '../inspect-options.ts'
import type { RotateRootFlags } from '../run-rotate-root.ts'
import { renderAge } from '../status-table.ts'
import { textTable } from '../text-table.ts'

interface Flags extends InspectFlags {
  readonly format: 'text' | 'json'
  readonly roots?: true
}

/** `mesh identity rotate-root`: another root for a whole mesh. */
const rotateRootCommand: CreateCommand = finish =>
  withInstallationOptions(new Command('rotate-root'))
    .summary('replace the root of a cluster’s mesh')
    .description(
      'replace the root of a cluster’s mesh: a new one is trusted first, then signs, then the old one is dropped; each step ' +
        'waits until every proxy has accepted the one before. Called again after it was cut off, it goes on where it was',
    )
    .option('--dry-run', 'say what is left to do, and change nothing')
    .option('--wait <seconds>', 'how long all proxies may take for one step', '300')
    .addHelpText(
      'after',
      examples(
        ['mesh identity rotate-root --dry-run', 'how far it is, and what is left'],
        ['mesh identity rotate-root', 'begin, or go on'],
        ['mesh identity rotate-root --wait 3600', 'where proxies may be slow to come back'],
      ),
    )
    .action(async (_: unknown, command: Command) => {
      // Those that `mesh identity` has too are taken by it.
      const flags: RotateRootFlags = command.optsWithGlobals()
      const { runRotateRoot } = await import('../run-rotate-root.ts')
      finish(await runRotateRoot(flags))
    })

/** `mesh identity`: who each proxy is, by its certificate. */
export const identityCommand: CreateCommand = finish =>
  withInspectOptions(new Command('identity'))
    .addCommand(rotateRootCommand(finish))
    .summary('list the certificates of proxies')
    .description('list the certificates of proxies: identity, serial, and when each is renewed and expires')
    .argument(...dirArgument)
    .option('--roots', 'print the roots that proxies trust instead, as PEM')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      examples(
        ['mesh identity examples/bookinfo', 'of `mesh up`'],
        ['mesh identity --cluster', 'of a cluster'],
        ['mesh identity --roots > ca.pem', 'for openssl s_client -CAfile ca.pem'],
        ['mesh identity rotate-root', 'replace the root of a cluster’s mesh'],
      ),
    )
    .action(async (dir: string | undefined, flags: Flags) => {
      const report = await (isForCluster(flags) ? clusterIdentities(flags) : localIdentities(dir))
      const { identities, roots } = report
      if (flags.roots) process.stdout.write(roots)
      else
        process.stdout.write(flags.format === 'json' ? `${JSON.stringify(identities, null, 2)}\n` : table(identities))
      finish(0)
    })

async function clusterIdentities(flags: Flags): Promise<IdentitiesReport> {
  const { inspectCluster } = await import('../inspect-cluster.ts')
  return inspectCluster(flags).identities()
}

async function localIdentities(dir: string | undefined): Promise<IdentitiesReport> {
  const { state } = findInstance(meantFolder(dir))
  const report = await askIdentities(state)
  if (report === undefined) throw notUpHere(dir)
  if (report === null) throw new Failure(noIdentities({}, { folder: shortPath(state.dir) }))
  return report
}

function table(identities: readonly IdentityReport[]): string {
  const now = Date.now()
  const rows = identities
    .toSorted((a, b) => (a.proxy < b.proxy ? -1 : 1))
    .map(({ proxy, namespace, identity, serial, renewsAt, notAfter }) => [
      `${proxy}.${namespace}`,
      identity,
      serial ?? '–',
      renewsAt === null ? '–' : `in ${renderAge(Math.max(0, renewsAt - now))}`,
      notAfter === null ? '–' : new Date(notAfter).toISOString().replace('.000', ''),
    ])
  return textTable([['PROXY', 'IDENTITY', 'SERIAL', 'RENEWED', 'EXPIRES'], ...rows])
}
