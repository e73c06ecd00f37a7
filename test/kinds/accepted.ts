/** What tests share that hold arbitrary resources against Envoy. */
import type { Resource } from '../../src/kinds/resource.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { checkRules } from '../../src/phases/3-check/rules.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }

export const placed = (resource: Resource) => ({ resource, span, spanAt: () => span })

/** Are there no errors? Warnings do not keep a mesh from being used. */
export function isAccepted(resource: Resource): boolean {
  const shaped = checkShapes([placed(resource)])
  if (shaped.diagnostics.length > 0) return false
  return checkRules(resolve(shaped.resources).value).every(({ severity }) => severity !== 'error')
}

/**
 * A resource that Envoy refuses by itself, found by halving; undefined where it takes all.
 *
 * @param refusals what Envoy says of a mesh with these
 */
export async function culprit(
  specs: readonly Resource[],
  refusals: (specs: readonly Resource[]) => Promise<readonly string[]>,
): Promise<string | undefined> {
  const found = await refusals(specs)
  if (found.length === 0) return undefined
  if (specs.length === 1) return `${found.join('\n')}\n${JSON.stringify(specs[0], undefined, 1)}`
  const half = Math.ceil(specs.length / 2)
  return (await culprit(specs.slice(0, half), refusals)) ?? culprit(specs.slice(half), refusals)
}
