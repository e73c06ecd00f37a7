/**
 * Runs all tests that this machine can run: `npm test`, with `--update` to rewrite golden files.
 *
 * Files run side by side, as many as there are cores; cluster tests and benchmarks have commands of their own. Envoy is got
 * as `npm start` gets it; without one its tests are skipped, and say so.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
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
const flags = [
  '--conditions=source',
  '--test',
  `--test-concurrency=${Math.max(2, availableParallelism())}`,
  '--test-reporter=spec',
]
const child = spawn(process.execPath, [...flags, ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...(update ? { UPDATE: '1' } : {}) },
})
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1
})
