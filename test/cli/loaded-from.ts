import assert from 'node:assert/strict'
import type { Resource } from '../../src/kinds/resource.ts'
import { load } from '../../src/phases/1-load/load.ts'

/** The resources of a mesh without errors. */
export async function loadedFrom(path: string): Promise<readonly Resource[]> {
  const { value, diagnostics } = await load({ path })
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  )
  return value!.resources.map(({ resource }) => resource)
}
