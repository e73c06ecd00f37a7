import { narrowForm } from '../../kinds/object-name.ts'
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'

/** The name that `mtls` gives where it is told none, and where policies for a whole mesh stand. */
const usualName = 'default'
const rootNamespace = 'mesh-system'

/** What makes a PeerAuthentication by `mtls`: one for all of a namespace, or of the mesh, that says nothing but its mode. */
export function mtlsArguments({ kind, apiVersion: _, metadata, spec, ...others }: Resource): unknown[] | undefined {
  const { name, namespace, ...otherMeta } = metadata
  if (kind !== 'PeerAuthentication' || !isObject(spec) || !isObject(spec['mtls'])) return undefined
  const { mtls, ...otherSpec } = spec
  const { mode, ...otherMtls } = mtls as { readonly [field: string]: unknown }
  if (Object.keys({ ...others, ...otherMeta, ...otherSpec, ...otherMtls }).length > 0) return undefined
  // UNSET and none at all have no word: they say nothing.
  if (mode !== 'STRICT' && mode !== 'PERMISSIVE' && mode !== 'DISABLE') return undefined
  // The word judges the name of a namespace at once; what is wrong with it is for `mesh check` to say.
  if (namespace !== undefined && !narrowForm('Namespace').pattern.test(namespace)) return undefined
  const options = {
    ...(namespace === rootNamespace ? { scope: 'mesh' } : namespace === undefined ? {} : { namespace }),
    ...(name === usualName ? {} : { name }),
  }
  return Object.keys(options).length === 0 ? [mode] : [mode, options]
}
