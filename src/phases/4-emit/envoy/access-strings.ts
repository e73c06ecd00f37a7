/** How the values of access rules are compared: one `*` at an edge stands for any text, a `*` alone for any that is there. */
import { literalExpression } from '../../../util/literal-expression.ts'
import type { Message } from './envoy-resource.ts'

/** Envoy's StringMatcher for a value. Suffixes and prefixes can't be empty there. */
export function edgeMatcher(value: string): Message {
  if (value === '*') return anyText
  if (value.startsWith('*')) return { suffix: value.slice(1) }
  return value.endsWith('*') ? { prefix: value.slice(0, -1) } : { exact: value }
}

/** Something is there. */
export const anyText: Message = regexMatcher('.+')

export function regexMatcher(regex: string): Message {
  return { safe_regex: { regex } }
}

/** The text as an RE2 expression in which each `*` stands for any text without a slash. */
export function glob(text: string): string {
  return text.split('*').map(literalExpression).join('[^/]*')
}

/** Beside the host that a rule names: the final dot of a full name, and a port. Neither makes it another host. */
const hostEnd = '\\.?(:[0-9]+)?'

/**
 * A host in any case. Clients write its port behind it as they like, so a rule that names none holds for each, or it could
 * be walked around.
 */
export function hostMatcher(value: string): Message {
  const hasPort = /:\d+$/.test(value) || value.endsWith(':*')
  if (value.endsWith('*') || hasPort) return { ...edgeMatcher(value), ignore_case: true }
  return regexMatcher(hostExpression(value))
}

/** An expression for a host that names no port; a `*` at its beginning stands for any text. */
export function hostExpression(value: string): string {
  return `(?i)${value.startsWith('*') ? `.*${literalExpression(value.slice(1))}` : literalExpression(value)}${hostEnd}`
}

/** An identity as it stands in a certificate. */
export function identityMatcher(value: string): Message {
  if (value === '*') return anyText
  if (value.startsWith('*')) return regexMatcher(`spiffe://.*${literalExpression(value.slice(1))}`)
  return edgeMatcher(`spiffe://${value}`)
}

/**
 * A principal as whom it may come: where a policy names the default trust domain, it means that of the mesh, and whoever is of the
 * mesh may come from a domain that counts as it (Istio's rules).
 */
export function inTrustDomains(
  principal: string,
  { trustDomain, trustAliases }: { readonly trustDomain: string; readonly trustAliases: readonly string[] },
): readonly string[] {
  const [domain = '', ...path] = principal.split('/')
  const own = [trustDomain, ...trustAliases]
  if (path.length !== 4 || !(domain === 'cluster.local' || own.includes(domain))) return [principal]
  return own.map(each => [each, ...path].join('/'))
}

/** `10.1.0.0/16`, or one address. */
export function addressRange(block: string): Message {
  const [address = '', length] = block.split('/')
  return {
    address_prefix: address,
    prefix_len: length === undefined ? (address.includes(':') ? 128 : 32) : Number(length),
  }
}
