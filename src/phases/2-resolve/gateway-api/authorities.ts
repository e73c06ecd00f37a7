/** ConfigMaps with the authorities that certificates must come from. */
import { X509Certificate } from 'node:crypto'
import { kindName } from '../../../util/kind-name.ts'
import type { ApiResources } from './resources.ts'

export interface AuthorityReference {
  readonly group: string
  readonly kind: string
  readonly name: string
}

/** Where in a ConfigMap the specification has them. */
const key = 'ca.crt'

/** What a reference leads to, or what is in the way. */
export type Authority =
  | { readonly text: string }
  | { readonly problem: { readonly reason: string; readonly message: string } }

export function authorityOf(
  { group, kind, name }: AuthorityReference,
  namespace: string,
  { texts }: Pick<ApiResources, 'texts'>,
): Authority {
  if (group !== '' || kind !== 'ConfigMap')
    return problem('InvalidKind', `authorities come from a ConfigMap, not from ${kindName({ group, kind })} "${name}"`)
  const data = texts.get(`${namespace}/${name}`)
  const what = `ConfigMap "${name}" in namespace "${namespace}"`
  if (data === undefined) return problem('InvalidCACertificateRef', `${what} is not known here`)
  const text = data[key]
  if (text === undefined) return problem('InvalidCACertificateRef', `${what} has no "${key}"`)
  return hasCertificates(text) ? { text } : problem('InvalidCACertificateRef', `"${key}" of ${what} is no certificate`)
}

function problem(reason: string, message: string): Authority {
  return { problem: { reason, message } }
}

function hasCertificates(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  try {
    for (const block of blocks) new X509Certificate(block)
    return blocks.length > 0
  } catch {
    return false
  }
}
