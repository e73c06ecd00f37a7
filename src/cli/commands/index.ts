import type { CreateCommand } from '../command.ts'
import { agentCommand } from './agent.ts'
import { applyCommand } from './apply.ts'
import { buildCommand } from './build.ts'
import { checkCommand } from './check.ts'
import { describeCommand } from './describe.ts'
import { diffCommand } from './diff.ts'
import { downCommand } from './down.ts'
import { envoyCommand } from './envoy.ts'
import { explainCommand, policiesCommand } from './explain.ts'
import { identityCommand } from './identity.ts'
import { initCommand } from './init.ts'
import { injectCommand } from './inject.ts'
import { installCommand, uninstallCommand, upgradeCommand } from './install.ts'
import { logsCommand } from './logs.ts'
import { proxiesCommand, proxyCommand } from './proxies.ts'
import { serveCommand } from './serve.ts'
import { statusCommand } from './status.ts'
import { upCommand } from './up.ts'
import { verifyCommand } from './verify.ts'

/** All commands, in the order of the help. */
export const commands: readonly CreateCommand[] = [
  initCommand,
  checkCommand,
  buildCommand,
  upCommand,
  statusCommand,
  logsCommand,
  downCommand,
  proxiesCommand,
  proxyCommand,
  identityCommand,
  serveCommand,
  diffCommand,
  applyCommand,
  installCommand,
  upgradeCommand,
  uninstallCommand,
  verifyCommand,
  describeCommand,
  injectCommand,
  agentCommand,
  envoyCommand,
  explainCommand,
  policiesCommand,
]
