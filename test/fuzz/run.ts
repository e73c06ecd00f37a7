/**
 * `npm run fuzz`: 2000 resources of each kind, of another seed each time; `npm run fuzz -- 500 42` makes 500 of seed 42. What it
 * says of a failure names the seed, and the resource.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const [runs = '2000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
if (![runs, seed].every(text => /^\d+$/.test(text))) {
  console.error('usage: npm run fuzz -- [HOW MANY OF EACH KIND] [SEED]')
  process.exit(2)
}
console.error(`${runs} resources of each kind, seed ${seed}`)
const { status } = spawnSync(
  process.execPath,
  ['--conditions=source', '--test', join(import.meta.dirname, 'fuzz.test.ts')],
  { stdio: 'inherit', env: { ...process.env, RUNS: runs, SEED: seed } },
)
process.exitCode = status ?? 1
