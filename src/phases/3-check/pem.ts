/** Certificates and keys as Envoy takes them: what a text holds, or what is wrong with it. No flaw quotes the text. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** Why a file cannot be used, and what to do. */
export interface Flaw {
  readonly problem: string
  readonly remedy: string
  /** It may still become right before a proxy looks: a file that is put there by something else. */
  readonly isPassing?: true
}

export const noPem: Flaw = {
  problem: 'is no PEM file',
  remedy: 'convert it; PEM is text that has -----BEGIN …----- lines',
}

export function certificatesOf(text: string): X509Certificate[] | Flaw {
  const blocks =
    text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g) ?? []
  if (blocks.length === 0) {
    if (!text.includes('-----BEGIN ')) return noPem
    return { problem: 'holds no certificate', remedy: 'name the file with the certificate, not the one with the key' }
  }
  const certificates: X509Certificate[] = []
  for (const block of blocks) {
    try {
      certificates.push(new X509Certificate(block))
    } catch {
      const which = blocks.length === 1 ? 'a certificate' : `a certificate, number ${certificates.length + 1},`
      return { problem: `holds ${which} that cannot be read`, remedy: 'replace it by a whole one' }
    }
  }
  return certificates
}

export function privateKeyOf(text: string): KeyObject | Flaw {
  const [block] = text.match(/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/) ?? []
  if (block === undefined) {
    if (!text.includes('-----BEGIN ')) return noPem
    return { problem: 'holds no private key', remedy: 'name the file with the key, not the one with the certificate' }
  }
  if (/^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(block)) {
    return {
      problem: 'holds a key behind a password, which nobody tells the proxy',
      remedy: 'take the password off: openssl pkey -in FILE -out NEW',
    }
  }
  try {
    return createPrivateKey(block)
  } catch {
    // What the engine says of it could quote it.
    return { problem: 'holds a private key that cannot be read', remedy: 'replace it by a whole one' }
  }
}

/** A list of revoked certificates; what it says, OpenSSL judges. */
export function revocationsOf(text: string): { readonly lists: number } | Flaw {
  const lists = text.match(/-----BEGIN X509 CRL-----/g)?.length ?? 0
  if (lists > 0) return { lists }
  if (!text.includes('-----BEGIN ')) return noPem
  return {
    problem: 'holds no list of revoked certificates',
    remedy: 'name the file that begins with -----BEGIN X509 CRL-----',
  }
}
