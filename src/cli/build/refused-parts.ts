/** Where what Envoy refuses of a build's files was written. */
import { basename } from 'node:path'
import type { Resolved } from '../../phases/2-resolve/resolve.ts'
import { allocate, allResources, emitProxy } from '../../phases/4-emit/envoy/index.ts'
import { emitFiles } from '../../phases/4-emit/targets.ts'
import type { FilePatches, RefusedResource, VerifyOptions } from './verify.ts'

export function refusedParts(resolved: Resolved): Required<Pick<VerifyOptions, 'spanOf' | 'patchesOf'>> {
  const { mesh, spans } = resolved
  const placement = allocate(mesh)
  const proxyOf = (file: string) => placement.proxies[basename(file, '.json')]
  const spanOf = (file: string, { type, name }: RefusedResource) => {
    const proxy = proxyOf(file)
    const resources = proxy === undefined ? [] : allResources(emitProxy(mesh, placement, proxy))
    const refused = resources.find(resource => resource.type === type && resource.name === name)
    return refused?.from.map(place => spans.spanOf(place)).find(span => span !== undefined)
  }
  const changes = mesh.proxyPatches.flatMap(patch => patch.changes)
  const patchesOf = (file: string): FilePatches | undefined => {
    const proxy = proxyOf(file)
    if (changes.length === 0 || proxy === undefined) return undefined
    const alone = { ...placement, proxies: { [basename(file, '.json')]: proxy } }
    const textWith = (kept: readonly number[]) => {
      const some = new Set(kept.map(index => changes[index]))
      const proxyPatches = mesh.proxyPatches.map(patch => {
        return { ...patch, changes: patch.changes.filter(change => some.has(change)) }
      })
      const files = emitFiles({ resolved: { ...resolved, mesh: { ...mesh, proxyPatches } }, placement: alone }, [
        'envoy',
      ])
      return files.get(file) ?? '{}'
    }
    return { count: changes.length, textWith, spanOf: index => spans.spanOf(changes[index]!.at) }
  }
  return { spanOf, patchesOf }
}
