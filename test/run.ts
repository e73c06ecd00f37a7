/**
 * Runs all tests that this machine can run: `npm test`, with `--update` to rewrite golden files.
 *
 * Files run side by side, two more than there are cores, because most wait now and then; cluster tests and benchmarks have
 * commands of their own. Envoy is got as `npm start` gets it; without one its tests are skipped, and say so.
 */
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { findEnvoy } from '../src/local/envoy/find-envoy.ts'
import { withoutEnvoy } from './support/find-test-envoy.ts'

/** Files that take longest. They start first: whatever is short fits beside them, and none is left over for the end. */
const longest = [
  'test/package/package.test.ts',
  'test/local/lifecycle.test.ts',
  'test/fuzz/fuzz.test.ts',
  'test/cli/bad-input.test.ts',
  'test/golden/golden.test.ts',
  'test/kinds/envoy-accepts-security.test.ts',
  'test/local/access.test.ts',
  'test/local/bad-edits.test.ts',
  'test/local/up.test.ts',
  'test/local/rejection.test.ts',
]

const update = process.argv.includes('--update')
const named = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
if (update && process.env['CI']) {
  console.error('golden files are not rewritten in CI: run `npm test -- --update` on your machine and look at the diff')
  process.exit(2)
}
const all = globSync(named.length > 0 ? named : 'test/**/*.test.ts', {
  exclude: named.length > 0 ? [] : ['test/cluster/*.test.ts', 'test/cluster/pods/**', 'test/bench/**'],
}).sort()
const files = [...longest.filter(file => all.includes(file)), ...all.filter(file => !longest.includes(file))]
if (files.length === 0) {
  console.error(`there are no such tests: ${named.join(' ')}`)
  process.exit(2)
}
if (withoutEnvoy !== false) {
  const progress = (line: string) => console.error(line)
  await findEnvoy({ path: undefined, env: process.env, progress }).catch(error =>
    progress(`no Envoy: ${error.message}`),
  )
}
// Hundreds of processes load the same modules.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../node_modules/.cache/compiled')
if (update) process.env['UPDATE'] = '1'
run({ files, concurrency: availableParallelism() + 2 })
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1
  })
  .compose(new spec())
  .pipe(process.stdout)
