import { Command, Option } from 'commander'
import { askStatus } from '../../local/control.ts'
import type { RefusedSource } from '../../local/status.ts'
import { counted } from '../../util/counted.ts'
import { type CreateCommand, examples } from '../command.ts'
import { dirArgument, findInstance, meantFolder, notUpHere, shortPath } from '../find-instance.ts'
import { type InspectFlags, isForCluster, withInspectOptions } from '../inspect-options.ts'
import { renderAge, renderStatusTable } from '../status-table.ts'
import { isColoured, painter } from '../terminal.ts'

function refusedLines({ since, errors, first }: RefusedSource): string[] {
  const age = renderAge(Date.now() - Date.parse(since))
  return [`  its files have had ${counted(errors, 'error')} for ${age}, and are not served: ${first}`]
}

/** `mesh status`: what runs here, and how it is. */
export const statusCommand: CreateCommand = finish =>
  withInspectOptions(new Command('status'))
    .summary('show programs and proxies, or the control plane of a cluster')
    .description('show the programs and proxies of a mesh that is up, or the control plane of a cluster')
    .argument(...dirArgument)
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      examples(
        ['mesh status examples/bookinfo', 'as a table'],
        ['mesh status --cluster', 'the control plane of a cluster, its proxies and certificates'],
        ['mesh status --format json', 'for programs'],
      ),
    )
    .action(async (dir: string | undefined, options: InspectFlags & { format: 'text' | 'json' }) => {
      if (isForCluster(options)) {
        const { runClusterStatus } = await import('../run-cluster-status.ts')
        return finish(await runClusterStatus(options))
      }
      const { state } = findInstance(meantFolder(dir))
      const status = await askStatus(state)
      if (status === undefined) throw notUpHere(dir)
      if (options.format === 'json') process.stdout.write(`${JSON.stringify(status, null, 2)}\n`)
      else {
        const { pid, since, revision, urls, refused } = status.instance
        const age = renderAge(Date.now() - Date.parse(since))
        const head = `${shortPath(state.dir)} is up since ${age} (pid ${pid}), revision ${revision?.slice(0, 8) ?? 'none'}`
        const lines = [
          head,
          ...urls.map(url => `  ${url}`),
          ...(refused === null ? [] : refusedLines(refused)),
          '',
          ...renderStatusTable(status, painter(isColoured(process.stdout))),
        ]
        process.stdout.write(`${lines.join('\n')}\n`)
      }
      finish(0)
    })
