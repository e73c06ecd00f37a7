/**
 * Writes every generated file that is committed; `--check` only compares and fails where one is stale.
 *
 * A generator is one line in the table: a path and a function that returns the file's text, or a function that returns
 * several files. Generators are pure functions of the sources; what needs a network or a binary does not belong here.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Files {
  readonly [path: string]: string
}

/**
 * Each makes the texts of some files, by path from the repository's root. Loaded one by one, after those before it have
 * written: what later ones import may call functions that an earlier one has yet to make.
 */
const generators: readonly ((root: string) => Promise<Files>)[] = [
  async root => ({ 'src/diagnostics/codes.generated.ts': (await import('./messages.ts')).generateMessages(root) }),
  async root => ({ 'policies/index.generated.ts': (await import('./policies.ts')).generatePolicies(root) }),
  async root => (await import('./schemas.ts')).generateSchemas(root),
  async () => (await import('./dockerfiles.ts')).generateDockerfiles(),
  async () => (await import('./charts.ts')).generateCharts(),
  async () => (await import('./api-differences.ts')).generateApiDifferences(),
  async root => (await import('./fields.ts')).generateFields(root),
]

const root = join(import.meta.dirname, '../..')
const check = process.argv.includes('--check')
const stale: string[] = []
for (const generate of generators) {
  for (const [path, text] of Object.entries(await generate(root))) bring(path, text)
}
if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}\nrun: npm run generate`)
  process.exitCode = 1
}

function bring(path: string, text: string): void {
  const file = join(root, path)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  if (check) stale.push(path)
  else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
