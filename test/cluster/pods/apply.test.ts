import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { cannotRun, kubectl, startCluster, stopCluster } from '../cluster.ts'

const skip = cannotRun() ?? false

describe('what mesh build writes for Kubernetes, on a real API server', { skip }, () => {
  const out = mkdtempSync(join(tmpdir(), 'mesh-cluster-'))
  const folder = join(out, 'kubernetes')

  before(async () => {
    const args = [
      '--conditions=source',
      'src/cli/main.ts',
      'build',
      'examples/bookinfo',
      '-o',
      out,
      '--target',
      'kubernetes',
    ]
    execFileSync(process.execPath, args, { stdio: 'inherit' })
    await startCluster()
  })
  after(async () => {
    await stopCluster()
    rmSync(out, { recursive: true })
  })

  test('the Namespace applies', async () => {
    const namespaces = readdirSync(folder).filter(file => file.endsWith('.namespace.yaml'))
    assert.deepEqual(namespaces, ['bookinfo.namespace.yaml'])
    assert.match(await kubectl('apply', '-f', join(folder, namespaces[0]!)), /namespace\/bookinfo created/)
  })

  test('every other file is taken by a dry run on the server, with strict field validation', async () => {
    const files = readdirSync(folder).filter(file => !file.endsWith('.namespace.yaml'))
    assert.ok(files.length >= 14, `only ${files.length} files`)
    const names = files.flatMap(file => ['-f', join(folder, file)])
    const answer = await kubectl('apply', '--dry-run=server', '--validate=strict', ...names)
    assert.equal(
      answer
        .trim()
        .split('\n')
        .filter(line => line.endsWith('(server dry run)')).length,
      files.length,
      answer,
    )
  })
})
