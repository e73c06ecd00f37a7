import { Command, Option } from 'commander'
import { type ConfigReport, groups, type ProxyReport } from '../../agent/report.ts'
import { unknownWorkload } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { askConfig, askProxies } from '../../local/control.ts'
import type { StateFolder } from '../../local/state/state-folder.ts'
import { type CreateCommand, examples } from '../command.ts'
import { dirArgument, findInstance, meantFolder, notUpHere, shortPath } from '../find-instance.ts'
import { type InspectFlags, isForCluster, withInspectOptions } from '../inspect-options.ts'
import { renderAge } from '../status-table.ts'
import { textTable } from '../text-table.ts'

interface Flags extends InspectFlags {
  readonly format: 'text' | 'json'
}

/** `mesh proxies`: what each connected proxy was sent and has accepted. */
export const proxiesCommand: CreateCommand = finish =>
  withInspectOptions(new Command('proxies'))
    .summary('list the proxies, and what each was sent and accepted')
    .description('list the proxies that are connected, and what each was sent and accepted')
    .argument(...dirArgument)
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      examples(
        ['mesh proxies examples/bookinfo', 'of `mesh up` or `mesh serve`'],
        ['mesh proxies --cluster -n shop', 'of a cluster, in one namespace'],
        ['mesh proxies --cluster -A', "in all, where the kubeconfig's context names one"],
        ['mesh proxies --format json', 'for programs'],
      ),
    )
    .action(async (dir: string | undefined, flags: Flags) => {
      const proxies = await (isForCluster(flags) ? clusterProxies(flags) : localProxies(dir))
      process.stdout.write(flags.format === 'json' ? `${JSON.stringify(proxies, null, 2)}\n` : proxiesText(proxies))
      finish(0)
    })

type ConfigFlags = Flags & { readonly dir?: string } & { readonly [Group in (typeof groups)[number]['group']]?: true }

/** `mesh proxy config`: the resources of one proxy, with the author's lines. */
export const proxyCommand: CreateCommand = finish => {
  const config = withInspectOptions(new Command('config'))
    .description('print what a proxy was sent, each object with the line that it comes from')
    .argument('<proxy>', 'its name, as `mesh proxies` lists it; in a cluster also reviews-v1 or deployment/reviews-v1')
    .argument(...dirArgument)
    .option('--dir <dir>', 'the same, as an option')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      examples(
        ['mesh proxy config productpage-v1 --routes', 'where its calls go'],
        ['mesh proxy config productpage-v1 --format json', 'everything'],
        ['mesh proxy config deployment/reviews-v1 --cluster -n shop', 'of one of its pods'],
      ),
    )
  for (const { group } of groups) config.option(`--${group}`, `only ${group}`)
  config.action(async (proxy: string, dir: string | undefined, flags: ConfigFlags) => {
    const answer = await (isForCluster(flags) ? clusterConfig(proxy, flags) : localConfig(proxy, flags.dir ?? dir))
    const wanted = groups.filter(({ group }) => flags[group]).map(({ group }): string => group)
    const shown = wanted.length === 0 ? answer : answer.filter(({ group }) => wanted.includes(group))
    process.stdout.write(flags.format === 'json' ? `${JSON.stringify(shown, null, 2)}\n` : configText(shown))
    finish(0)
  })
  return new Command('proxy')
    .description('look into one proxy: `proxy config NAME` prints what it was sent')
    .addCommand(config)
}

/** Loaded only here: what reads kubeconfigs takes a third of a second. */
async function clusterInspection(flags: InspectFlags) {
  const { inspectCluster } = await import('../inspect-cluster.ts')
  return inspectCluster(flags)
}

async function clusterProxies(flags: InspectFlags): Promise<readonly ProxyReport[]> {
  const { namespace, proxies } = await clusterInspection(flags)
  const found = await proxies()
  if (found.length === 0 && namespace !== undefined)
    process.stderr.write(`no proxy is connected in namespace ${namespace}; -A lists those of all\n`)
  return found
}

async function clusterConfig(proxy: string, flags: InspectFlags): Promise<readonly ConfigReport[]> {
  const inspection = await clusterInspection(flags)
  const { proxiesIn, knownNames } = await import('../proxy-names.ts')
  const all = await inspection.allProxies()
  const { namespace } = inspection
  const [first, ...others] = proxiesIn(namespace, all, proxy)
  const found = first === undefined ? undefined : await inspection.config(`${first.name}.${first.namespace}`)
  if (first === undefined || found === undefined) {
    const here = all.filter(each => namespace === undefined || each.namespace === namespace)
    const folder = namespace === undefined ? 'the cluster' : `namespace ${namespace}`
    const known = knownNames(here) || 'none: -A looks in all namespaces'
    throw new Failure(unknownWorkload({}, { name: proxy, folder, known }))
  }
  if (others.length > 0) {
    const names = others.map(({ name, namespace }) => `${name}.${namespace}`).join(', ')
    process.stderr.write(`of ${first.name}.${first.namespace}; ${proxy} is ${names}, too\n`)
  }
  return found
}

async function localProxies(dir: string | undefined): Promise<readonly ProxyReport[]> {
  return (await ask(dir, askProxies)).answer
}

async function localConfig(proxy: string, dir: string | undefined): Promise<readonly ConfigReport[]> {
  const { answer, state } = await ask(dir, instance => askConfig(instance, proxy))
  if (answer !== null) return answer
  const known = ((await askProxies(state)) ?? []).map(({ name }) => name).join(', ')
  throw new Failure(unknownWorkload({}, { name: proxy, folder: shortPath(state.dir), known }))
}

/** Asks the instance that runs: of `mesh up`, else of `mesh serve`. */
async function ask<T>(
  named: string | undefined,
  question: (state: StateFolder) => Promise<T | undefined>,
): Promise<{ answer: T; state: StateFolder }> {
  const dir = meantFolder(named)
  for (const role of ['up', 'serve'] as const) {
    const { state, holder } = findInstance(dir, role)
    const answer = holder === undefined ? undefined : await question(state)
    if (answer !== undefined) return { answer, state }
  }
  throw notUpHere(named)
}

function proxiesText(proxies: readonly ProxyReport[]): string {
  const rows = proxies.flatMap(({ name, namespace, accepted, types }) =>
    types.map((type, index) => [
      index === 0 ? `${name}.${namespace}` : '',
      index === 0 ? (accepted ? 'accepted' : 'pending') : '',
      type.type,
      String(type.resources),
      type.sent?.slice(0, 12) ?? '-',
      type.nack !== null ? `NACK ${type.nack}` : type.acked === type.sent ? 'ACK' : 'waiting',
      type.ageMs === null ? '-' : renderAge(type.ageMs),
    ]),
  )
  return textTable([['PROXY', 'CONFIG', 'TYPE', 'RESOURCES', 'VERSION', 'ANSWER', 'AGE'], ...rows])
}

function configText(resources: readonly ConfigReport[]): string {
  return resources
    .map(({ group, name, version, from, value }) => {
      const origins = from.map(({ resource, place }) => `#   from ${place ?? 'no line of the author’s'}  ${resource}\n`)
      return `# ${group} ${name} (version ${version})\n${[...new Set(origins)].join('')}${JSON.stringify(value, null, 2)}\n`
    })
    .join('\n')
}
