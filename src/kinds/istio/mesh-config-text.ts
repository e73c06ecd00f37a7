/** Where Istio keeps its MeshConfig: as text in a ConfigMap of the mesh's root namespace. */
import { parseDocument } from 'yaml'
import { isObject } from '../../util/is-object.ts'
import type { Resource } from '../resource.ts'
import type { MeshConfig } from './mesh-config.ts'

/** Name of the ConfigMap, and the key of the text in it (Istio's). */
export const meshConfigName = 'istio'
export const meshConfigKey = 'mesh'

/** What a text says; `problem` where it is none that can be read, and then it says nothing. */
export interface ConfigText {
  /** Not held against its schema yet. */
  readonly config: MeshConfig
  readonly problem?: string
}

/** What a resource says of a whole mesh; undefined where it is not the one that does. */
export function meshConfigOf({ apiVersion, kind, metadata, data }: Resource): ConfigText | undefined {
  if (apiVersion !== 'v1' || kind !== 'ConfigMap' || metadata.name !== meshConfigName || !isObject(data))
    return undefined
  const text = data[meshConfigKey]
  return typeof text === 'string' ? readText(text) : undefined
}

/** What YAML says that has to be an object. */
export function readText(text: string): ConfigText {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) return { config: {}, problem: error.message.split('\n', 1)[0]!.replace(/:$/, '') }
  const value: unknown = safely(() => document.toJS({ maxAliasCount: 100 }))
  if (value === null) return { config: {} }
  return isObject(value) ? { config: value as MeshConfig } : { config: {}, problem: text.slice(0, 40) }
}

/** Aliases without end are the one thing that fails only here. */
function safely(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}
