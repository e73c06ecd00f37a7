/**
 * Writes every generated file that is committed; `--check` only compares and fails where one is stale.
 *
 * A generator is one line in the table: a path and a function that returns the file's text. Generators are pure
 * functions of the sources; what needs a network or a binary does not belong here.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateMessages } from './messages.ts'
import { generatePolicies } from './policies.ts'

/** By path from the repository's root: what makes the file's text. */
const generators: Readonly<{ [path: string]: (root: string) => string | Promise<string> }> = {
  'src/diagnostics/codes.generated.ts': generateMessages,
  'policies/index.generated.ts': generatePolicies,
}

const root = join(import.meta.dirname, '../..')
const check = process.argv.includes('--check')
const stale: string[] = []
for (const [path, generate] of Object.entries(generators)) {
  const file = join(root, path)
  const text = await generate(root)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (check) stale.push(path)
  else writeFileSync(file, text)
}
if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}\nrun: npm run generate`)
  process.exitCode = 1
}
