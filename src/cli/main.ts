/**
 * The command `mesh`.
 *
 * This folder owns options, output and exit codes. What a command does is done elsewhere: a command's file parses,
 * calls and prints. stdout carries the result alone; progress and findings of `up` go to stderr.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Help } from 'commander'
import { commandGroups } from './commands/index.ts'
import { reportEnd } from './detached.ts'
import { explainError } from './explain-error.ts'
import { isColoured } from './terminal.ts'
import { typed } from './typed-command.ts'

/** 0 no errors, 1 findings of severity error (or differences), 2 the command itself failed. */
export type ExitCode = 0 | 1 | 2

/** Runs one command line, without the program's own two words; never throws. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const program = createProgram()
  let code: ExitCode = 0
  for (const { heading, commands } of commandGroups) {
    program.commandsGroup(heading)
    for (const create of commands) {
      const command = create(result => {
        code = result
      })
      program.addCommand(inheriting(command, program, typed))
    }
  }
  program.helpCommand(...helpCommand)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return explainError(error, args.includes('--debug'))
  }
}

function createProgram(): Command {
  const program = new Command(typed)
  program
    .description('Write your service mesh in TypeScript: checked, compiled, pushed to Envoys.')
    .version(versionOf(), '--version', 'print the version')
    .option('--debug', 'print stack traces')
    .helpOption('-h, --help', 'print help')
    .configureHelp({
      showGlobalOptions: true,
      // The list of all commands has a line for each; what they take stands in their own help.
      subcommandTerm(command) {
        const isListed = command.parent === program || command.name() === 'help'
        return isListed ? command.name() : Help.prototype.subcommandTerm.call(this, command)
      },
      // What a command between takes stands in its own help: `mesh identity rotate-root` lists no certificates.
      visibleGlobalOptions: command => (command === program ? [] : [...program.options]),
    })
    .showHelpAfterError(hintFor(typed))
    .configureOutput({
      getOutHasColors: () => isColoured(process.stdout),
      getErrHasColors: () => isColoured(process.stderr),
    })
    .exitOverride()
  return program
}

const helpCommand = ['help [command]', 'print the help of a command'] as const

/** A command that ends, prints and explains as the whole program does, and so do the commands below it. */
function inheriting(command: Command, parent: Command, above: string): Command {
  const words = `${above} ${command.name()}`
  command.copyInheritedSettings(parent).showHelpAfterError(hintFor(words))
  if (command.commands.length > 0) command.helpCommand(...helpCommand)
  for (const child of command.commands) inheriting(child, command, words)
  return command
}

function hintFor(words: string): string {
  return `Run \`${words} --help\` for what there is.`
}

function versionOf(): string {
  const file = join(import.meta.dirname, '../../package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** `mesh … | head` is no error; and where `up` runs, a terminal that has gone is a hang-up. */
function onBrokenOutput(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  if (process.listenerCount('SIGHUP') > 0) process.emit('SIGHUP')
  else process.exit(0)
}

/** Runs this process' own command line. */
export async function runCommand(): Promise<void> {
  process.stdout.on('error', onBrokenOutput)
  process.stderr.on('error', onBrokenOutput)
  process.exitCode = await main(process.argv.slice(2))
  reportEnd()
}

// Not import.meta.main, which Node 22 doesn't know.
if (process.argv[1] === import.meta.filename) await runCommand()
