/** Fields that are written at another depth than theirs. */
import { pointerToken } from '../../util/pointer-token.ts'
import { pointerTokens } from '../1-load/pointer.ts'
import { memberOf, type Schema, schemaAt } from './schema-at.ts'

type Path = readonly string[]

/** How far below an object its field is looked for: `containers` in a Deployment's `spec` is two objects deeper. */
const deepest = 2

export interface Home {
  readonly pointer: string
  /** Does such a field stand there already? */
  readonly isTaken: boolean
}

/**
 * Where a field belongs that its object doesn't have: to one of those around it, to one of those within it, or to one beside it. The
 * nearest counts, first of those that are there, and none where several would do.
 *
 * @returns undefined where no such place is known
 */
export function homeOf(
  { pointer, name }: { readonly pointer: string; readonly name: string },
  root: unknown,
  schema: Schema,
): Home | undefined {
  const tokens = pointerTokens(pointer)
  const found = valueAt(root, [...tokens, name])
  const metadataHas = (field: string) => Object.hasOwn(schemaAt(schema, ['metadata']).properties ?? {}, field)
  const takes = (path: Path) => {
    const own = Object.hasOwn(schemaAt(schema, path).properties ?? {}, name)
    // What all resources have in their metadata is meant of an object only where that is there; and labels of a spec are those that pick
    // workloads, most often: among the resource's own they would let it hold for all.
    const isOwn = path.length === 1 && path[0] === 'metadata'
    const isMeant = !metadataHas(name) || (valueAt(root, path) !== undefined && !(isOwn && name === 'labels'))
    return own && isMeant && isOfType(schemaAt(schema, [...path, name]), found)
  }
  const around = tokens.map((_, index) => tokens.slice(0, index)).reverse()
  const levels = [
    ...around.map(path => [path]),
    below(tokens, root, schema),
    ...around.map(path => childrenOf(path, root, schema)),
  ]
  const homes = levels.map(paths => paths.filter(takes))
  const there = homes.map(paths => paths.filter(path => valueAt(root, path) !== undefined))
  const [home, ...others] = [...there, ...homes].find(paths => paths.length > 0) ?? []
  if (home === undefined || others.length > 0) return undefined
  const place = [...home, name].map(token => `/${pointerToken(token)}`).join('')
  return { pointer: place, isTaken: valueAt(root, [...home, name]) !== undefined }
}

/** Objects within an object, and within those. */
function below(path: Path, root: unknown, schema: Schema): Path[] {
  const levels: Path[][] = [[path]]
  for (let depth = 0; depth < deepest; depth += 1)
    levels.push(levels.at(-1)!.flatMap(each => childrenOf(each, root, schema)))
  return levels.slice(1).flat()
}

/** Of a list what it has, or would have: which of several is meant, nobody can tell, so two of them are as good as all. */
function childrenOf(path: Path, root: unknown, schema: Schema): Path[] {
  return Object.keys(schemaAt(schema, path).properties ?? {}).flatMap(name => {
    const child = [...path, name]
    if (schemaAt(schema, child).items === undefined) return [child]
    const list = valueAt(root, child)
    const indexes = Array.isArray(list) && list.length > 0 ? [...list.slice(0, 2).keys()] : [0]
    return indexes.map(index => [...child, String(index)])
  })
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce(memberOf, root)
}

function isOfType({ type, properties }: Schema, value: unknown): boolean {
  const types = type === undefined ? (properties === undefined ? [] : ['object']) : [type].flat()
  if (types.length === 0) return true
  if (Array.isArray(value)) return types.includes('array')
  if (typeof value === 'number') return types.includes('number') || types.includes('integer')
  return types.includes(typeof value)
}
