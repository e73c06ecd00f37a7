/**
 * Runs the tests on a real Kubernetes: `npm run test:cluster`.
 *
 * Those that need no more than an API server bring one along, and two files run side by side; those in pods/ need pods that
 * really run, and there is one cluster for them on a machine.
 */
import { spawn, spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { findEnvoy } from '../../src/local/envoy/find-envoy.ts'

const groups = [
  { files: 'test/cluster/*.test.ts', atOnce: 2 },
  { files: 'test/cluster/pods/*.test.ts', atOnce: 1 },
]

let running: ReturnType<typeof spawn> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // The runner names the file that it was at.
    running?.kill(signal)
    groups.length = 0
    process.exitCode = 1
  })

// What a test finds missing it skips: so what can be had is there before the first one looks.
if (process.platform === 'linux' && process.getuid?.() === 0)
  spawnSync('bash', [join(import.meta.dirname, 'cluster'), 'build'], { stdio: 'inherit' })
await findEnvoy({ path: undefined, env: process.env, progress: line => console.error(line) }).catch(error =>
  console.error(`no Envoy: ${error.message}`),
)

for (const group of [...groups]) {
  if (groups.length === 0) break
  const flags = ['--conditions=source', '--test', `--test-concurrency=${group.atOnce}`]
  running = spawn(process.execPath, [...flags, ...globSync(group.files).sort()], { stdio: 'inherit' })
  const code = await new Promise(resolve => running?.on('exit', resolve))
  if (code !== 0) process.exitCode = 1
}
