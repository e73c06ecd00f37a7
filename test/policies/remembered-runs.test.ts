/** What policies remember of a mesh is what they would find in it: after each change of a resource the same comes of both. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { policies } from '../../policies/index.generated.ts'
import { compile } from '../../src/compile.ts'
import type { LoadedResource } from '../../src/phases/1-load/loaded.ts'
import { type Resolved, resolve } from '../../src/phases/2-resolve/resolve.ts'
import { rerunPolicies } from '../../src/phases/3-check/remembered-runs.ts'
import { type PolicyRun, runPolicies } from '../../src/phases/3-check/run-policies.ts'

const root = join(import.meta.dirname, '..')

/** Meshes of few resources, of which policies find something or nothing. */
const meshes = globSync(['policies/*/{valid,invalid}/*.yaml', 'golden/*/mesh.yaml'], { cwd: root }).sort()

/** Every so manieth mesh is looked at, another first one with each seed. */
const step = Number(process.env['STEP'] ?? 6)
const seed = Number(process.env['SEED'] ?? 0)

const sorted = ({ problems, failures }: PolicyRun) => ({
  failures,
  problems: problems.map(problem => JSON.stringify(problem)).sort(),
})

function isEqual(previous: Resolved | undefined, resources: readonly LoadedResource[], what: string): Resolved {
  const resolved = resolve(resources, previous === undefined ? {} : { previous }).value
  const options = {}
  assert.deepEqual(
    sorted(rerunPolicies(policies, resolved.mesh, options)),
    sorted(runPolicies(policies, resolved.mesh, options)),
    what,
  )
  return resolved
}

describe('policies that have looked at a mesh before', () => {
  it(`find what they would find, whatever has changed (step ${step}, seed ${seed})`, async t => {
    let changes = 0
    for (const path of meshes.filter((_, index) => index % step === seed % step)) {
      const { loaded } = await compile({ path: join(root, path), skipTypes: true })
      const resources = loaded?.resources ?? []
      let resolved = isEqual(undefined, resources, path)
      for (const [index, { resource }] of resources.entries()) {
        const what = `${path}: ${resource.kind} ${resource.metadata.name}`
        resolved = isEqual(resolved, resources.toSpliced(index, 1), `without ${what}`)
        resolved = isEqual(resolved, resources, `with ${what} again`)
        changes += 2
      }
    }
    assert.ok(changes > 100, `${changes} changes`)
    t.diagnostic(`${changes} changes`)
  })
})
