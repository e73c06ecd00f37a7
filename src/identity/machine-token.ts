/**
 * What machines outside of Kubernetes prove themselves by: `mwj_ID.SECRET` lets one in, once; `mwm_ID.SECRET` is what it
 * shows from then on. Of either only a hash is kept anywhere but with its owner.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

const prefixes = { join: 'mwj_', machine: 'mwm_' } as const

export type TokenKind = keyof typeof prefixes

export interface NewToken {
  /** A secret: never log it. */
  readonly token: string
  /** SHA-256 of its secret part, hex: it has 256 random bits, so that no slower hash would add anything. */
  readonly hash: string
}

/** Names an entry; nobody can guess another one's, and nothing hangs on that. */
export function newTokenId(): string {
  return randomBytes(8).toString('hex')
}

export function newToken(kind: TokenKind, id: string): NewToken {
  const secret = randomBytes(32).toString('base64url')
  return { token: `${prefixes[kind]}${id}.${secret}`, hash: hash('sha256', secret) }
}

/** Its parts; undefined where it has not the form of its kind. */
export function parseToken(
  kind: TokenKind,
  token: string,
): { readonly id: string; readonly secret: string } | undefined {
  if (!token.startsWith(prefixes[kind])) return undefined
  const [, id, secret] = /^([0-9a-f]{16})\.([\w-]{43})$/.exec(token.slice(prefixes[kind].length)) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** Compared in constant time. */
export function isSecretOf(kept: string, secret: string): boolean {
  const [a, b] = [Buffer.from(kept, 'hex'), hash('sha256', secret, 'buffer')]
  return a.length === b.length && timingSafeEqual(a, b)
}
