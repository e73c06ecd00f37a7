/**
 * Writes every generated file that is committed; `--check` only compares and fails where one is stale.
 *
 * A generator is one line in the table: a path and a function that returns the file's text, or a function that returns
 * several files. Generators are pure functions of the sources; what needs a network or a binary does not belong here.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateCharts } from './charts.ts'
import { generateDockerfiles } from './dockerfiles.ts'
import { generateMessages } from './messages.ts'
import { generatePolicies } from './policies.ts'
import { generateSchemas } from './schemas.ts'

interface Files {
  readonly [path: string]: string
}

/** Each makes the texts of some files, by path from the repository's root. */
const generators: readonly ((root: string) => Files)[] = [
  root => ({ 'src/diagnostics/codes.generated.ts': generateMessages(root) }),
  root => ({ 'policies/index.generated.ts': generatePolicies(root) }),
  generateSchemas,
  generateDockerfiles,
  generateCharts,
]

const root = join(import.meta.dirname, '../..')
const check = process.argv.includes('--check')
const stale: string[] = []
for (const [path, text] of generators.flatMap(generate => Object.entries(generate(root)))) {
  const file = join(root, path)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (check) stale.push(path)
  else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}\nrun: npm run generate`)
  process.exitCode = 1
}
