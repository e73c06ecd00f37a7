/**
 * Access policies as Envoy's RBAC: the same for HTTP and for bare connections, but for what those lack.
 *
 * On a connection without HTTP an ALLOW rule that looks at HTTP is left out, and a DENY or AUDIT rule holds without that
 * part: either way less gets through, not more (Istio's rule).
 */
import {
  type AccessAction,
  type AccessPolicy,
  type AccessRule,
  type AccessTest,
  type AccessTests,
  isHttpOnly,
  ruleName,
} from '../../../model/access-policy.ts'
import type { Authorizer } from '../../../model/mesh-settings.ts'
import { type MatcherContext, matchersOf, type Side, sideOf } from './access-matchers.ts'
import { askedName, askedPrefix } from './authorizers.ts'
import { compact, type Message } from './envoy-resource.ts'

/** Envoy's actions, in the order in which they are asked. */
export const actions = ['LOG', 'DENY', 'ALLOW'] as const

type Action = (typeof actions)[number]

/** By ours. Where nobody can be asked, what would be asked about is refused, as istiod does then. */
const actionOf: Readonly<Record<AccessAction, Action>> = { AUDIT: 'LOG', DENY: 'DENY', CUSTOM: 'DENY', ALLOW: 'ALLOW' }

export interface AccessContext extends MatcherContext {
  /** Those who can be asked. */
  readonly authorizers: readonly Authorizer[]
  readonly carries: 'http' | 'tcp'
}

/** What trials are counted and noted under (Istio's names). */
const trialPrefix: Readonly<{ [action: string]: string }> = {
  ALLOW: 'istio_dry_run_allow_',
  DENY: 'istio_dry_run_deny_',
}

/** The body of a filter for one action, be it HTTP's or the network's; undefined where no policy has that action. */
export function accessBody(
  policies: readonly AccessPolicy[],
  action: Action,
  context: AccessContext,
): Message | undefined {
  const own = policies.filter(
    policy => actionOf[policy.action] === action && !context.authorizers.some(each => isAskedBy(policy, each)),
  )
  if (own.length === 0) return undefined
  const enforced = own.filter(({ isTrial }) => !isTrial)
  const tried = own.filter(({ isTrial }) => isTrial)
  return compact({
    rules: enforced.length === 0 ? undefined : rules(enforced, action, context),
    shadow_rules: tried.length === 0 ? undefined : rules(tried, action, context),
    shadow_rules_stat_prefix: tried.length === 0 ? undefined : trialPrefix[action],
  })
}

/** The body of the filter that picks, and refuses nothing itself, what an authorizer is asked about. */
export function accessAsked(
  policies: readonly AccessPolicy[],
  authorizer: Authorizer,
  context: AccessContext,
): Message {
  const own = policies.filter(policy => isAskedBy(policy, authorizer))
  const named = askedName(authorizer)
  return { shadow_rules: rules(own, 'DENY', context, named), shadow_rules_stat_prefix: askedPrefix }
}

function isAskedBy({ action, provider }: AccessPolicy, { name }: Authorizer): boolean {
  return action === 'CUSTOM' && provider === name
}

function rules(policies: readonly AccessPolicy[], action: Action, context: AccessContext, named?: string): Message {
  const entries = policies.flatMap(policy => {
    // Without rules it says something all the same: that there is an ALLOW policy, and nothing is allowed by it.
    if (policy.rules.length === 0) return [[`${named ?? ''}${ruleName(policy, 0)}`, nothing] as const]
    return policy.rules.flatMap((rule, index) => {
      const compiled = compileRule(rule, action, context)
      return compiled === undefined ? [] : [[nameOf(policy, index, named), compiled] as const]
    })
  })
  return { action, policies: Object.fromEntries(entries) }
}

function nameOf(policy: AccessPolicy, index: number, named?: string): string {
  const name = ruleName(policy, index)
  if (named !== undefined) return `${named}${name}`
  return policy.action === 'CUSTOM' ? `${name}-deny-due-to-bad-CUSTOM-action` : name
}

/** Never holds. */
const nothing: Message = {
  permissions: [{ not_rule: { any: true } }],
  principals: [{ not_id: { any: true } }],
}

function compileRule(rule: AccessRule, action: Action, context: AccessContext): Message | undefined {
  const isWhole = context.carries === 'http' || ![...rule.from, ...rule.to, rule.when].flat().some(isHttpOnly)
  if (!isWhole && action === 'ALLOW') return undefined
  const known = (tests: AccessTests) => (isWhole ? tests : tests.filter(test => !isHttpOnly(test)))
  const side = (alternatives: readonly AccessTests[], wanted: Side) => {
    const more = known(rule.when).filter(test => sideOf(test) === wanted)
    return (alternatives.length === 0 ? [[]] : alternatives).map(tests =>
      allOf(
        [...known(tests), ...more].flatMap(test => testMatchers(test, wanted, context)),
        wanted,
      ),
    )
  }
  return { permissions: side(rule.to, 'permission'), principals: side(rule.from, 'principal') }
}

/** Envoy calls the same things by other names on its two sides. */
const words = {
  permission: { all: 'and_rules', any: 'or_rules', not: 'not_rule', list: 'rules' },
  principal: { all: 'and_ids', any: 'or_ids', not: 'not_id', list: 'ids' },
} as const

function allOf(matchers: readonly Message[], side: Side): Message {
  const { all, list } = words[side]
  return { [all]: { [list]: matchers.length === 0 ? [{ any: true }] : matchers } }
}

/** One of the values, and none of the others. */
function testMatchers({ attribute, values, notValues }: AccessTest, side: Side, context: MatcherContext): Message[] {
  const { any, not, list } = words[side]
  const either = (texts: readonly string[]) => ({ [any]: { [list]: matchersOf(attribute, texts, context) } })
  return [
    ...(values.length === 0 ? [] : [either(values)]),
    ...(notValues.length === 0 ? [] : [{ [not]: either(notValues) }]),
  ]
}
