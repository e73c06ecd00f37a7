import { cpSync, existsSync, globSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { commandFailed } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { type CreateCommand, examples } from '../command.ts'
import { shortPath } from '../find-instance.ts'
import { typed } from '../typed-command.ts'

/** The example that a new mesh begins as: it is compiled by our tests, so it cannot go stale. */
const template = fileURLToPath(new URL('../../../examples/hello', import.meta.url))

/** `mesh init`: a first mesh to change. */
export const initCommand: CreateCommand = finish =>
  new Command('init')
    .description('write a small mesh to begin with: two services and a gateway')
    .argument('[dir]', 'where to write it', '.')
    .addHelpText(
      'after',
      examples(['mesh init', 'in this folder'], ['mesh init shop && mesh up shop', 'in a new one, and run it']),
    )
    .action((dir: string) => {
      const files = globSync('**/*.{ts,json}', { cwd: template }).sort()
      const taken = files.filter(file => existsSync(join(dir, file)))
      if (taken.length > 0) {
        const what = `${shortPath(resolve(dir, taken[0]!))} is there already; nothing was written`
        throw new Failure(commandFailed({}, { what, remedy: 'choose another folder: `mesh init NAME`' }))
      }
      for (const file of files) {
        mkdirSync(dirname(join(dir, file)), { recursive: true })
        cpSync(join(template, file), join(dir, file))
      }
      process.stdout.write(`${files.map(file => shortPath(resolve(dir, file))).join('\n')}\n`)
      const where = dir === '.' ? '' : ` ${dir}`
      process.stderr.write(`\nNow: ${typed} check${where}, and ${typed} up${where}\n`)
      finish(0)
    })
