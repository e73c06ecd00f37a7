/** Names of TLS that Envoy knows. It refuses a whole listener or cluster for another one, where Istio passes it over. */
import { noEffect, type RuleFinding } from '../rule-finding.ts'

/** Cipher suites of TLS 1.2 (BoringSSL's). */
const suites: ReadonlySet<string> = new Set([
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ...['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ...['ECDHE-RSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA'],
  ...['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES128-SHA', 'AES256-SHA', 'DES-CBC3-SHA'],
  ...['ECDHE-PSK-AES128-CBC-SHA', 'ECDHE-PSK-AES256-CBC-SHA', 'ECDHE-PSK-CHACHA20-POLY1305'],
  ...['PSK-AES128-CBC-SHA', 'PSK-AES256-CBC-SHA'],
])

const curves: ReadonlySet<string> = new Set(['X25519', 'X25519MLKEM768', 'P-256', 'P-384', 'P-521'])

const lists = {
  cipherSuites: { known: suites, what: 'no cipher suite of TLS 1.2 that Envoy knows' },
  ecdhCurves: { known: curves, what: 'no curve that Envoy knows' },
} as const

/** Says which names of a list are passed over. */
export function* tlsWordRules(
  words: { readonly [list in keyof typeof lists]?: readonly string[] } | undefined,
  pointer: string,
): Iterable<RuleFinding> {
  for (const [field, { known, what }] of Object.entries(lists)) {
    const list = words?.[field as keyof typeof lists] ?? []
    for (const [index, word] of list.entries())
      if (!known.has(word)) yield noEffect(`${pointer}/${field}/${index}`, `it is ${what}`)
      else if (list.indexOf(word) < index) yield noEffect(`${pointer}/${field}/${index}`, 'it stands there already')
  }
}

/** Those that Envoy takes. */
export function knownWords(field: keyof typeof lists, list: readonly string[] | undefined): readonly string[] {
  return [...new Set(list)].filter(word => lists[field].known.has(word))
}
