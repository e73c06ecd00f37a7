/** Admission reviews: what the API server asks, and how it is answered. What comes is untrusted, and shaped at the rim. */
import { isObject } from '../../util/is-object.ts'

export interface AdmissionRequest {
  readonly uid: string
  readonly kind: string
  readonly apiVersion: string
  readonly namespace: string
  readonly name: string
  readonly operation: string
  readonly object: { readonly [field: string]: unknown }
}

export interface JsonPatch {
  readonly op: 'add' | 'replace'
  readonly path: string
  readonly value: unknown
}

export interface AdmissionAnswer {
  readonly isAllowed: boolean
  /** Why not; or what the caller should know all the same. */
  readonly message?: string
  readonly warnings?: readonly string[]
  readonly patch?: readonly JsonPatch[]
}

/** @returns undefined where this is no review that we can read */
export function readReview(body: unknown): AdmissionRequest | undefined {
  if (!isObject(body) || !isObject(body['request'])) return undefined
  const { uid, kind, namespace, name, operation, object } = body['request']
  if (typeof uid !== 'string' || !isObject(kind) || !isObject(object)) return undefined
  const { group, version, kind: word } = kind
  if (typeof word !== 'string' || typeof version !== 'string') return undefined
  return {
    uid,
    kind: word,
    apiVersion: typeof group === 'string' && group !== '' ? `${group}/${version}` : version,
    namespace: typeof namespace === 'string' ? namespace : '',
    name: typeof name === 'string' ? name : '',
    operation: typeof operation === 'string' ? operation : '',
    object,
  }
}

/** The API server shows so much of a warning, characters. */
const longestWarning = 250

export function reviewAnswer(uid: string, { isAllowed, message, warnings, patch }: AdmissionAnswer): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: isAllowed,
      ...(message === undefined ? {} : { status: { code: isAllowed ? 200 : 403, message } }),
      ...(warnings === undefined || warnings.length === 0
        ? {}
        : { warnings: warnings.map(warning => warning.slice(0, longestWarning)) }),
      ...(patch === undefined || patch.length === 0
        ? {}
        : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    },
  }
}
