/** How the rows of the access tests are written. */
import type { RawRequest } from '../../support/ask-raw.ts'
import type { GuardedPolicy, GuardedWorkload } from '../../support/inbound-scene.ts'

/** `closed`: the connection ends without an answer. */
export type Answer = 200 | 400 | 403 | 'closed'

export interface AccessRow extends GuardedWorkload {
  readonly what: string
  readonly asks: readonly (readonly [RawRequest, Answer])[]
}

export const policy = (
  action: string,
  rules: readonly object[] | undefined,
  more: Partial<GuardedPolicy> = {},
): GuardedPolicy => ({
  kind: 'AuthorizationPolicy',
  spec: { action, ...(rules === undefined ? {} : { rules }) },
  ...more,
})
export const allow = (...rules: readonly object[]) => policy('ALLOW', rules)
export const deny = (...rules: readonly object[]) => policy('DENY', rules)
export const inRoot = (matchLabels: object, path: string): GuardedPolicy => ({
  kind: 'AuthorizationPolicy',
  namespace: 'istio-system',
  spec: { action: 'DENY', selector: { matchLabels }, rules: [to({ paths: [path] })] },
})
export const to = (...operations: readonly object[]) => ({ to: operations.map(operation => ({ operation })) })
export const from = (...sources: readonly object[]) => ({ from: sources.map(source => ({ source })) })
export const when = (key: string, lists: object) => ({ when: [{ key, ...lists }] })
