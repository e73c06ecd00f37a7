/**
 * The table of targets: each makes files from a revision. Only this folder knows what targets there are.
 */
import { hash } from 'node:crypto'
import type { Mesh } from '../../model/mesh.ts'
import type { Placement } from '../../model/placement.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { emitBootstraps } from './envoy/index.ts'
import { resourceFiles, sortedKeys } from './resource-files.ts'

export interface EmitInput {
  readonly resolved: Resolved
  readonly placement: Placement
}

type Target = (input: EmitInput) => ReadonlyMap<string, string>

export const targets = {
  kubernetes: ({ resolved }) => resourceFiles(resolved.resources, 'kubernetes'),
  istio: ({ resolved }) => resourceFiles(resolved.resources, 'istio'),
  envoy: ({ resolved, placement }) => envoyFiles(resolved.mesh, placement),
} as const satisfies { readonly [name: string]: Target }

export type TargetName = keyof typeof targets

export const targetNames = Object.keys(targets) as TargetName[]

function envoyFiles(mesh: Mesh, placement: Placement): ReadonlyMap<string, string> {
  return new Map(
    [...emitBootstraps(mesh, placement)].map(([name, bootstrap]) => [
      `${name}.json`,
      `${JSON.stringify(sortedKeys(bootstrap), undefined, 2)}\n`,
    ]),
  )
}

/** All files of a build, by path below the output folder, with the digests of what they hold. */
export function emitFiles(input: EmitInput, wanted: readonly TargetName[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const name of targetNames.filter(target => wanted.includes(target))) {
    for (const [path, text] of targets[name](input)) files.set(`${name}/${path}`, text)
  }
  const digests = Object.fromEntries([...files].map(([path, text]) => [path, hash('sha256', text)]))
  files.set(
    'digest.json',
    `${JSON.stringify({ revision: input.resolved.digest, files: sortedKeys(digests) }, undefined, 2)}\n`,
  )
  return files
}
