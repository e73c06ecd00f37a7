import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { commandFailed } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { askStop } from '../../local/control.ts'
import { reapChildren } from '../../local/state/child-records.ts'
import { type Holder, liveHolder } from '../../local/state/instance-lock.ts'
import { isAlive } from '../../local/state/process-identity.ts'
import { folderOf, type StateFolder, stateFolders } from '../../local/state/state-folder.ts'
import { type CreateCommand, examples } from '../command.ts'
import { dirArgument, meantFolder, shortPath, upElsewhere } from '../find-instance.ts'

/** An instance ends its processes within its own grace of 3 s. ms */
const patienceMs = 15_000

/** `mesh down`: ends what runs, or what a killed `mesh up` has left. */
export const downCommand: CreateCommand = finish =>
  new Command('down')
    .summary('stop a mesh that is up or served, or what one has left')
    .description('stop a mesh that is up or served, or what is left of one that was killed')
    .argument(...dirArgument)
    .addHelpText('after', examples(['mesh down examples/bookinfo', 'leaves no process and no listening port']))
    .action(async (named: string | undefined) => {
      const dir = meantFolder(named, true)
      let ended = false
      for (const state of (['up', 'serve'] as const).flatMap(role => stateFolders(dir, process.env, role))) {
        const holder = liveHolder(state)
        if (holder !== undefined) await endInstance(state, holder)
        const reaped = await reapChildren(state)
        for (const path of [state.lock, state.children, state.controlSocket, state.xdsSocket, state.admin, state.envoy])
          rmSync(path, { recursive: true, force: true })
        if (reaped.length > 0) console.error(`ended ${reaped.length} processes that a killed \`mesh up\` had left`)
        ended ||= holder !== undefined || reaped.length > 0
      }
      // Nothing ran there: then a path that does not exist is a mistake, and no folder that is gone.
      if (!ended) folderOf(dir)
      const elsewhere = ended || named !== undefined ? undefined : upElsewhere()
      console.error(ended ? `${shortPath(dir)} is down` : `${shortPath(dir)} was not up`)
      if (elsewhere !== undefined) console.error(elsewhere)
      finish(0)
    })

async function endInstance(state: StateFolder, holder: Holder): Promise<void> {
  if (!(await askStop(state))) process.kill(holder.pid, 'SIGTERM')
  const deadline = Date.now() + patienceMs
  while (isAlive(holder) && Date.now() < deadline) await sleep(20)
  if (!isAlive(holder)) return
  process.kill(holder.pid, 'SIGKILL')
  while (isAlive(holder) && Date.now() < deadline + 2000) await sleep(20)
  if (!isAlive(holder)) return
  const problem = { what: `process ${holder.pid} does not end`, remedy: 'end it by hand, then run this again' }
  throw new Failure(commandFailed({}, problem))
}
