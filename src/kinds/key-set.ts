/** JSON Web Key Sets (RFC 7517), as far as Envoy takes them: it refuses a whole listener for a set without a usable key. */
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { isObject } from '../util/is-object.ts'

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

/** By key type: algorithms that Envoy verifies with it. */
const algorithms: { readonly [type: string]: RegExp } = {
  RSA: /^(RS|PS)(256|384|512)$/,
  EC: /^ES(256|384|512)$/,
  OKP: /^EdDSA$/,
  oct: /^HS(256|384|512)$/,
}

function isUsable(key: { readonly [field: string]: unknown }): boolean {
  const { kty, alg, k, n, e, crv, x, y } = key
  const fitting = typeof kty === 'string' ? algorithms[kty] : undefined
  if (fitting === undefined || (alg !== undefined && !(typeof alg === 'string' && fitting.test(alg)))) return false
  if (kty === 'oct') return typeof k === 'string' && k !== '' && /^[-_A-Za-z0-9]+$/.test(k)
  if (kty === 'OKP' && crv !== 'Ed25519') return false
  try {
    // Its public part alone: what else stands there is none of Envoy's business.
    const part = Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined))
    createPublicKey({ key: part as JsonWebKey, format: 'jwk' })
    return true
  } catch {
    return false
  }
}
