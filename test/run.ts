/**
 * Runs all tests that this machine can run: `npm test`, with `--update` to rewrite golden files.
 *
 * Files run side by side, one more than there are cores, because most wait now and then; cluster tests and benchmarks have
 * commands of their own. Envoy is got as `npm start` gets it; without one its tests are skipped, and say so.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { findEnvoy } from '../src/local/envoy/find-envoy.ts'
import { withoutEnvoy } from './support/find-test-envoy.ts'

const update = process.argv.includes('--update')
const named = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
if (update && process.env['CI']) {
  console.error('golden files are not rewritten in CI: run `npm test -- --update` on your machine and look at the diff')
  process.exit(2)
}
const files =
  named.length > 0
    ? named
    : globSync('test/**/*.test.ts', {
        exclude: ['test/cluster/*.test.ts', 'test/cluster/pods/**', 'test/bench/**'],
      }).sort()
if (withoutEnvoy !== false) {
  const progress = (line: string) => console.error(line)
  await findEnvoy({ path: undefined, env: process.env, progress }).catch(error =>
    progress(`no Envoy: ${error.message}`),
  )
}
// Hundreds of processes load the same modules.
const compiled = join(import.meta.dirname, '../node_modules/.cache/compiled')
const flags = [
  '--conditions=source',
  '--test',
  `--test-concurrency=${availableParallelism() + 1}`,
  '--test-reporter=spec',
]
const child = spawn(process.execPath, [...flags, ...files], {
  stdio: 'inherit',
  env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...(update ? { UPDATE: '1' } : {}) },
})
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1
})
