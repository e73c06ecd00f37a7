/** The validating webhook: refuses, or warns of, what `mesh check` calls an error, in the same words. */
import { compileAlone } from '../../compile.ts'
import { startOf } from '../../diagnostics/span.ts'
import { type Resource, resourceKey } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'
import { isGatewayApi } from '../gateway-api-owner.ts'
import type { PolicyUse } from '../install/values.ts'
import type { AdmissionAnswer, AdmissionRequest } from './admission.ts'

/**
 * @param use what an error of a policy does to the object
 * @param isOurs is an object of the Gateway API ours to judge? Others' are let through without a word
 */
export function admitResource(
  request: AdmissionRequest,
  use: PolicyUse,
  isOurs: (resource: Resource) => boolean,
): AdmissionAnswer {
  const resource = asResource(request)
  // What is being deleted loses its finalizers by updates, and must be let go whatever it says.
  if (resource === undefined || typeof resource.metadata.deletionTimestamp === 'string') return { isAllowed: true }
  if (isGatewayApi(resource) && !isOurs(resource)) return { isAllowed: true }
  const span = startOf(resourceKey(resource))
  const diagnostics = compileAlone({ resource, span, spanAt: () => span }, { use })
  const texts = (severity: string) =>
    diagnostics
      .filter(finding => finding.severity === severity)
      .map(({ code, message, help }) => `[${code}] ${message}${help === undefined ? '' : ` (${help})`}`)
  const errors = texts('error')
  if (errors.length > 0) return { isAllowed: false, message: errors.join('; ') }
  return { isAllowed: true, warnings: texts('warning') }
}

function asResource({ apiVersion, kind, namespace, object }: AdmissionRequest): Resource | undefined {
  const { metadata } = object
  if (!isObject(metadata) || typeof metadata['name'] !== 'string') return undefined
  return {
    ...object,
    apiVersion,
    kind,
    metadata: { ...metadata, name: metadata['name'], ...(namespace === '' ? {} : { namespace }) },
  } as Resource
}
