/** JSON Web Key Sets (RFC 7517), as far as Envoy takes them: it refuses a whole listener for a set without a usable key. */
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { isObject } from '../util/is-object.ts'
import { ownValue } from '../util/own-value.ts'

export interface KeySet {
  /** What it lacks; absent where a token can be verified by it. */
  readonly problem?: string
  /** Does it hold what tokens are made with, and not only what they are verified with? */
  readonly isSecret: boolean
}

export function keySet(text: string): KeySet {
  const keys = keysIn(text)
  if (keys === undefined) return { problem: '{"keys": […]} in JSON', isSecret: false }
  const isSecret = keys.some(key => key['d'] !== undefined || key['k'] !== undefined)
  return keys.some(isUsable) ? { isSecret } : { problem: `a key that Envoy can use: ${usable}`, isSecret }
}

const usable = 'RSA with n and e, EC with crv, x and y, OKP with crv Ed25519 and x, each with a fitting alg or none'

function keysIn(text: string): { readonly [field: string]: unknown }[] | undefined {
  try {
    const set: unknown = JSON.parse(text)
    const keys = isObject(set) ? set['keys'] : undefined
    return Array.isArray(keys) ? keys.filter(isObject) : undefined
  } catch {
    return undefined
  }
}

/** By key type, and by curve where it has one: algorithms that Envoy verifies with it. */
const algorithms: { readonly [type: string]: RegExp } = {
  RSA: /^(RS|PS)(256|384|512)$/,
  'EC P-256': /^ES256$/,
  'EC P-384': /^ES384$/,
  'EC P-521': /^ES512$/,
  'OKP Ed25519': /^EdDSA$/,
  oct: /^HS(256|384|512)$/,
}

/** Envoy takes no RSA key with a shorter modulus. */
const leastBits = 512

function isUsable(key: { readonly [field: string]: unknown }): boolean {
  const { kty, alg, k, n, e, crv, x, y } = key
  const fitting = ownValue(algorithms, crv === undefined ? String(kty) : `${kty} ${crv}`)
  if (fitting === undefined || (alg !== undefined && !(typeof alg === 'string' && fitting.test(alg)))) return false
  if (kty === 'oct') return typeof k === 'string' && /^[-_A-Za-z0-9]+$/.test(k) && k.length % 4 !== 1
  try {
    // Its public part alone: what else stands there is none of Envoy's business.
    const part = Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined))
    const { asymmetricKeyDetails } = createPublicKey({ key: part as JsonWebKey, format: 'jwk' })
    return (asymmetricKeyDetails?.modulusLength ?? leastBits) >= leastBits
  } catch {
    return false
  }
}
