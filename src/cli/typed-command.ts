import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** How this process was started, as far as it shows what the user can type. */
export interface Start {
  readonly env: Readonly<{ [name: string]: string | undefined }>
  /** Of the command's own package, with its symlinks resolved. */
  readonly file: string
  readonly cwd: string
}

/** By the program in npm's user agent: what runs a project's command, and what one that was fetched for one run. */
const runners: readonly (readonly [agent: string, installed: string, fetched: string])[] = [
  ['pnpm', 'pnpm exec', 'pnpm dlx'],
  ['yarn', 'yarn', 'yarn dlx'],
  ['bun', 'bunx', 'bunx'],
  ['npm', 'npx', 'npx'],
]

/** Folders of commands that were fetched for one run: there, another package may own the name `mesh`. */
const fetchedFolders = ['_npx', 'dlx', '.bunx']

/**
 * What the user types for `mesh`: a project's dependency is not on PATH.
 *
 * Package managers say in the environment that they have started us. Started by hand, we are a project's dependency where
 * its node_modules holds us, and else on PATH.
 */
export function typedCommand({ env, file, cwd }: Start): string {
  const isSource = file.endsWith('.ts')
  const script = env['npm_lifecycle_event']
  if (isSource && (script === 'mesh' || script === undefined)) return 'npm run mesh --'
  const agent = env['npm_config_user_agent']?.split('/')[0]
  const [, installed, fetched] = runners.find(([name]) => name === agent) ?? runners.at(-1)!
  const isFetched = file.split(sep).some(folder => fetchedFolders.some(name => folder.startsWith(name)))
  if (isFetched) return `${fetched} meshwright`
  return script !== undefined || isDependency(file, cwd) ? `${installed} mesh` : 'mesh'
}

/** Is the package that runs the one in the node_modules of this folder, or of one above? */
function isDependency(file: string, cwd: string): boolean {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'meshwright')
    if (existsSync(candidate)) return file.startsWith(realpathSync(candidate) + sep)
    if (folder === dirname(folder)) return false
  }
}

/** What the user of this process types for `mesh`. */
export const typed = typedCommand({ env: process.env, file: import.meta.filename, cwd: process.cwd() })
