import { comparable } from '../../cluster/apply.ts'
import type { ApiObject } from '../../cluster/reflector.ts'
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'

/** What `kubectl apply` notes down in an object: all of it, a second time. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** An object without what an API server and kubectl have written into it: what is left is somebody's to maintain. */
export function authored(resource: Resource): Resource {
  const { metadata, ...rest } = comparable(resource as ApiObject) as Resource
  if (!isObject(metadata.annotations) || metadata.annotations[lastApplied] === undefined)
    return { ...rest, metadata } as Resource
  const { annotations, ...others } = metadata
  const kept = Object.entries(annotations).filter(([name]) => name !== lastApplied)
  const own = kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }
  return { ...rest, metadata: { ...others, ...own } } as Resource
}
