import type { CreateCommand } from '../command.ts'
import { agentCommand } from './agent.ts'
import { applyCommand } from './apply.ts'
import { buildCommand } from './build.ts'
import { checkCommand } from './check.ts'
import { crdsCommand } from './crds.ts'
import { describeCommand } from './describe.ts'
import { diffCommand } from './diff.ts'
import { downCommand } from './down.ts'
import { envoyCommand } from './envoy.ts'
import { explainCommand, policiesCommand } from './explain.ts'
import { grpcCommand } from './grpc.ts'
import { identityCommand } from './identity.ts'
import { importCommand } from './import.ts'
import { initCommand } from './init.ts'
import { injectCommand } from './inject.ts'
import { installCommand, uninstallCommand, upgradeCommand } from './install.ts'
import { joinCommand, joinTokenCommand } from './join.ts'
import { logsCommand } from './logs.ts'
import { proxiesCommand, proxyCommand } from './proxies.ts'
import { schemaCommand } from './schema.ts'
import { serveCommand } from './serve.ts'
import { statusCommand } from './status.ts'
import { upCommand } from './up.ts'
import { verifyCommand } from './verify.ts'

/** All commands, in the order and under the headings of the help. */
export const commandGroups: readonly { readonly heading: string; readonly commands: readonly CreateCommand[] }[] = [
  { heading: 'Write a mesh:', commands: [initCommand, importCommand, checkCommand, buildCommand] },
  { heading: 'Run it on this machine:', commands: [upCommand, statusCommand, logsCommand, downCommand, serveCommand] },
  { heading: 'Look at proxies, here or in a cluster:', commands: [proxiesCommand, proxyCommand, identityCommand] },
  {
    heading: 'Run it in a cluster:',
    commands: [
      verifyCommand,
      installCommand,
      upgradeCommand,
      uninstallCommand,
      crdsCommand,
      diffCommand,
      applyCommand,
      describeCommand,
      injectCommand,
      joinTokenCommand,
      joinCommand,
      agentCommand,
    ],
  },
  { heading: 'More:', commands: [policiesCommand, explainCommand, schemaCommand, envoyCommand, grpcCommand] },
]
