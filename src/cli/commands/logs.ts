import { existsSync, readdirSync } from 'node:fs'
import { Command, Option } from 'commander'
import { commandFailed, notUp, optionInvalid, unknownWorkload } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { logOf, type ProcessRole } from '../../local/plan-processes.ts'
import { followLog, tailLog } from '../../local/process/log-file.ts'
import type { StateFolder } from '../../local/state/state-folder.ts'
import { type CreateCommand, examples } from '../command.ts'
import { dirArgument, findInstance, meantFolder, shortPath } from '../find-instance.ts'

interface LogsOptions {
  readonly dir?: string
  readonly proxy?: true
  readonly previous?: true
  readonly follow?: true
  readonly tail: string
}

/** `mesh logs`: what a workload or its proxy has printed. */
export const logsCommand: CreateCommand = finish =>
  new Command('logs')
    .description('print the output of a workload, or of its proxy')
    .argument('<workload>', 'its name, as `mesh status` lists it; with `.namespace` where two share it')
    .argument(...dirArgument)
    .option('--dir <dir>', 'the same, as an option')
    .option('--proxy', 'of its Envoy instead (always so for a gateway)')
    .option('-f, --follow', 'go on printing')
    .addOption(new Option('--previous', 'of the run of `mesh up` before this one').conflicts('follow'))
    .option('--tail <lines>', 'how many lines to begin with', '100')
    .addHelpText(
      'after',
      examples(
        ['mesh logs reviews-v1 examples/bookinfo', 'the last 100 lines'],
        ['mesh logs reviews-v1 --proxy -f', 'its Envoy’s, as they come'],
        ['mesh logs reviews-v1 --previous', 'what it printed before it was started anew'],
      ),
    )
    .action(async (workload: string, dir: string | undefined, options: LogsOptions) => {
      const lines = Number(options.tail)
      if (!Number.isSafeInteger(lines) || lines < 0) throw invalidTail(options.tail)
      const { state } = findInstance(meantFolder(options.dir ?? dir))
      const logs = options.previous ? { ...state, logs: state.previousLogs } : state
      if (options.previous && readLogNames(logs).length === 0) throw noPrevious(shortPath(state.dir))
      const path = findLog(logs, workload, options.proxy ? 'proxy' : 'app')
      const tail = tailLog(path, lines)
      if (tail.length > 0) process.stdout.write(`${tail.join('\n')}\n`)
      if (options.follow) await follow(path)
      finish(0)
    })

async function follow(path: string): Promise<void> {
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  for await (const chunk of followLog(path, abort.signal)) process.stdout.write(chunk)
}

/** The log of a workload by its name, or by its name and namespace. */
function findLog(state: StateFolder, wanted: string, role: ProcessRole): string {
  const names = readLogNames(state)
  if (names.length === 0) throw new Failure(notUp({}, { folder: shortPath(state.dir) }))
  const name =
    names.find(candidate => candidate === wanted) ?? names.find(candidate => candidate.split('.')[0] === wanted)
  if (name === undefined) {
    const known = names.map(candidate => candidate.split('.')[0]).join(', ')
    throw new Failure(unknownWorkload({}, { name: wanted, folder: shortPath(state.dir), known }))
  }
  const path = logOf(state, role, name)
  return existsSync(path) ? path : logOf(state, 'proxy', name)
}

function readLogNames(state: StateFolder): readonly string[] {
  const files = existsSync(state.logs) ? readdirSync(state.logs) : []
  return files.flatMap(file => /^(.+)\.proxy\.log$/.exec(file)?.[1] ?? []).sort()
}

function noPrevious(folder: string): Failure {
  const what = `${folder} has no run before this one that printed anything`
  return new Failure(commandFailed({}, { what, remedy: 'leave out --previous' }))
}

function invalidTail(value: string): Failure {
  return new Failure(
    optionInvalid({}, { option: `--tail ${value}`, problem: 'is no number of lines', remedy: 'for example --tail 50' }),
  )
}
