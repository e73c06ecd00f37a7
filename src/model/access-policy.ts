import type { At, Node } from './node.ts'
import type { TargetedNode } from './policy-target.ts'

/** What becomes of a request that a rule describes. */
export type AccessAction =
  /** It goes on, and what no such rule describes does not. */
  | 'ALLOW'
  /** It is refused, whoever allows it. */
  | 'DENY'
  /** It is marked. */
  | 'AUDIT'
  /** A service outside the mesh decides. */
  | 'CUSTOM'

/** Who may do what to the proxies that it is about (an AuthorizationPolicy). */
export interface AccessPolicy extends TargetedNode {
  readonly action: AccessAction
  /** Who decides, where that is the action. */
  readonly provider?: string
  /** Only counted and noted, never enforced. */
  readonly isTrial: boolean
  /** Empty: describes no request at all. */
  readonly rules: readonly AccessRule[]
}

/** Is anybody refused by it, or let in? */
export function decidesAccess({ action, isTrial }: Pick<AccessPolicy, 'action' | 'isTrial'>): boolean {
  return !isTrial && action !== 'AUDIT'
}

/** Describes requests: one of `from` (any caller where there is none), one of `to` (anything), and all of `when`. */
export interface AccessRule {
  readonly from: readonly AccessTests[]
  readonly to: readonly AccessTests[]
  readonly when: AccessTests
  readonly at: At
}

/** All of these hold. */
export type AccessTests = readonly AccessTest[]

/** One of `values` fits (any, where there are none) and none of `notValues` does. */
export interface AccessTest {
  readonly attribute: AccessAttribute
  readonly values: readonly string[]
  readonly notValues: readonly string[]
  readonly at: At
  /** Of the lists; each value is at its index there. */
  readonly valuesAt: At
  readonly notValuesAt: At
}

/** What a test looks at. */
export type AccessAttribute =
  | { readonly kind: SimpleAttribute }
  | { readonly kind: 'header'; readonly name: string }
  /** A claim of the verified token, from the outside in where it is nested. */
  | { readonly kind: 'claim'; readonly path: readonly string[] }
  /** What another filter noted. */
  | { readonly kind: 'filter-metadata'; readonly filter: string; readonly key: string }

export type SimpleAttribute =
  | 'host'
  | 'method'
  | 'path'
  /** The workload's own port. */
  | 'port'
  | 'destination-ip'
  | 'sni'
  /** The connection's other end. */
  | 'source-ip'
  /** The client, as proxies that are trusted say. */
  | 'remote-ip'
  /** From the certificate: `domain/ns/NAMESPACE/sa/ACCOUNT`. */
  | 'principal'
  | 'namespace'
  /** `namespace/account`. */
  | 'service-account'
  | 'trust-domain'
  /** From the token: `issuer/subject`. */
  | 'token-principal'
  | 'token-audience'
  | 'token-presenter'

const httpOnly: ReadonlySet<AccessAttribute['kind']> = new Set([
  'host',
  'method',
  'path',
  'header',
  'claim',
  'token-principal',
  'token-audience',
  'token-presenter',
])
const fromCertificate: ReadonlySet<AccessAttribute['kind']> = new Set([
  'principal',
  'namespace',
  'service-account',
  'trust-domain',
])
const fromToken: ReadonlySet<AccessAttribute['kind']> = new Set([
  'claim',
  'token-principal',
  'token-audience',
  'token-presenter',
])

/** Does a connection that carries no HTTP lack it? */
export function isHttpOnly({ attribute }: Pick<AccessTest, 'attribute'>): boolean {
  return httpOnly.has(attribute.kind)
}

/** Is it known from the caller's certificate alone? */
export function isFromCertificate({ attribute }: Pick<AccessTest, 'attribute'>): boolean {
  return fromCertificate.has(attribute.kind)
}

/** Is it known from a verified token alone? */
export function isFromToken({ attribute }: Pick<AccessTest, 'attribute'>): boolean {
  return fromToken.has(attribute.kind)
}

/** All tests of a rule, of whatever alternative. */
export function testsOf({ from, to, when }: AccessRule): readonly AccessTest[] {
  return [...from.flat(), ...to.flat(), ...when]
}

/** Do the ports of the workload that a rule names, if any, hold this one? */
export function isForPort({ to, when }: Pick<AccessRule, 'to' | 'when'>, port: number): boolean {
  const holds = (tests: AccessTests) =>
    tests.every(
      ({ attribute, values, notValues }) =>
        attribute.kind !== 'port' ||
        ((values.length === 0 || values.includes(String(port))) && !notValues.includes(String(port))),
    )
  return holds(when) && (to.length === 0 || to.some(holds))
}

/** Do any of these look at paths? Then a path must have one form only, or a rule could be walked around. */
export function looksAtPaths(policies: readonly Pick<AccessPolicy, 'rules'>[]): boolean {
  return policies.some(({ rules }) => rules.some(rule => testsOf(rule).some(test => isPath(test.attribute))))
}

function isPath(attribute: AccessAttribute): boolean {
  return attribute.kind === 'path' || (attribute.kind === 'header' && attribute.name.toLowerCase() === ':path')
}

/** How a rule is named wherever a proxy says why it refused (Istio's form). */
export function ruleName({ namespace, name }: Pick<Node, 'namespace' | 'name'>, index: number): string {
  return `ns[${namespace}]-policy[${name}]-rule[${index}]`
}
