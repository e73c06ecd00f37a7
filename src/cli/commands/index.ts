import type { CreateCommand } from '../command.ts'
import { downCommand } from './down.ts'
import { logsCommand } from './logs.ts'
import { statusCommand } from './status.ts'
import { upCommand } from './up.ts'

/** All commands, in the order of the help. */
export const commands: readonly CreateCommand[] = [upCommand, statusCommand, logsCommand, downCommand]
