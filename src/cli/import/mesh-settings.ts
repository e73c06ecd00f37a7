import { parseDocument } from 'yaml'
import { isOfIstio } from '../../kinds/istio/mesh-config-elsewhere.ts'
import { meshConfigKey, meshConfigOf } from '../../kinds/istio/mesh-config-text.ts'
import type { MetaMap, Resource } from '../../kinds/resource.ts'
import { inexactIn, mayBeInexact } from '../../phases/1-load/yaml-exact.ts'
import { withoutNulls } from '../../phases/3-check/nulls.ts'
import { validators } from '../../phases/3-check/validators/index.generated.js'

/** The arguments of `istio.meshConfig`. */
export interface MeshSettings {
  readonly config: object
  readonly options: { readonly [option: string]: unknown }
}

/** What makes a ConfigMap by `istio.meshConfig`; undefined where that would not be the same, or would not fit its types. */
export function meshSettingsOf(resource: Resource): MeshSettings | undefined {
  const config = settingsIn(resource)
  if (config === undefined || !isWritable(config)) return undefined
  const { apiVersion: _, kind: __, metadata, data, ...others } = resource
  const { name: ___, namespace, labels, annotations, ...otherMeta } = metadata
  if (namespace === undefined || Object.keys({ ...others, ...otherMeta }).length > 0) return undefined
  const { [meshConfigKey]: ____, ...texts } = data as MetaMap
  const place = namespace === defaultNamespace ? {} : { namespace }
  const rest = Object.keys(texts).length === 0 ? {} : { data: texts }
  return { config, options: { ...place, ...(labels && { labels }), ...(annotations && { annotations }), ...rest } }
}

/** Where `istio.meshConfig` puts what names no namespace. */
const defaultNamespace = 'istio-system'

/** What the text of a mesh's settings says; undefined where there is none that JSON can hold. */
export function settingsIn(resource: Resource): object | undefined {
  const text = meshConfigOf(resource)
  if (text === undefined || text.problem !== undefined) return undefined
  const own = (resource['data'] as MetaMap)[meshConfigKey]!
  if (mayBeInexact(own) && inexactIn(parseDocument(own).contents).length > 0) return undefined
  const validator = validators.get('MeshConfig')!
  const { validate } = validator
  return validate(text.config) ? text.config : withoutNulls(text.config, validate.errors ?? [], validator)
}

/** Does it fit the type of what is written, which has Istio's other fields, too? */
function isWritable(config: object): boolean {
  const { validate } = validators.get('MeshConfig')!
  if (validate(config)) return true
  return (validate.errors ?? []).every(
    ({ instancePath, params: { additionalProperty } }) =>
      additionalProperty !== undefined && isOfIstio(instancePath, `${additionalProperty}`) === true,
  )
}
