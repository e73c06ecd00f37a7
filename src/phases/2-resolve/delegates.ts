/**
 * VirtualServices that leave some requests to others: their rules become the rules of whoever leaves the requests to them.
 *
 * How two rules become one is Istio's: what the delegate says goes before what the root says, and both must match.
 */
import { isSeenFrom } from '../../model/exported.ts'
import type { Delegate, HttpMatch, HttpRouting, HttpRule, NamedMatch, StringMatch } from '../../model/http-route.ts'
import { type Labels, nodeKey } from '../../model/node.ts'
import { ownValue } from '../../util/own-value.ts'

/**
 * Routings whose rules hold by themselves. Where a delegate can't be used, the rule that names it stays, and says why.
 * Delegates that nobody uses stay, too, for what they name is looked at all the same.
 */
export function withoutDelegates(routings: readonly HttpRouting[]): readonly HttpRouting[] {
  const delegates = new Map(
    routings.filter(({ hosts }) => hosts.length === 0).map(routing => [nodeKey(routing), routing] as const),
  )
  if (!routings.some(isDelegating)) return routings
  const used = new Set<HttpRouting>()
  const expanded = routings.map(routing => {
    if (routing.hosts.length === 0 || !isDelegating(routing)) return routing
    const named = routing.rules.map(({ delegate }) =>
      delegate === undefined ? undefined : delegates.get(nodeKey(delegate)),
    )
    for (const delegate of named) if (delegate !== undefined) used.add(delegate)
    return expand(routing, named)
  })
  return expanded.filter(routing => !used.has(routing))
}

function isDelegating({ rules }: HttpRouting): boolean {
  return rules.some(({ delegate }) => delegate !== undefined)
}

interface Expanded {
  readonly from: readonly (HttpRouting | undefined)[]
  readonly routing: HttpRouting
}

const known = new WeakMap<HttpRouting, Expanded>()

/** The same object as long as it is made from the same. */
function expand(root: HttpRouting, delegates: readonly (HttpRouting | undefined)[]): HttpRouting {
  const before = known.get(root)
  if (before?.from.every((delegate, index) => delegate === delegates[index])) return before.routing
  const rules = root.rules.flatMap((rule, index) => rulesFor(rule, delegates[index], root))
  const routing = { ...root, rules }
  known.set(root, { from: delegates, routing })
  return routing
}

function rulesFor(rule: HttpRule, routing: HttpRouting | undefined, root: HttpRouting): readonly HttpRule[] {
  const { delegate } = rule
  if (delegate === undefined) return [rule]
  const failed = (problem: NonNullable<Delegate['problem']>) => [{ ...rule, delegate: { ...delegate, problem } }]
  if (routing === undefined) return failed('unknown')
  if (!isSeenFrom(routing, root.namespace)) return failed('hidden')
  return routing.rules.map(leaf => {
    if (leaf.delegate !== undefined) return { ...leaf, delegate: { ...leaf.delegate, problem: 'nested' } }
    const beyond = leaf.matches.find(own => rule.matches.length > 0 && rule.matches.every(each => areApart(each, own)))
    return beyond === undefined
      ? merged(rule, leaf, mergedMatches(rule.matches, leaf.matches))
      : { ...leaf, delegate: { ...delegate, problem: 'apart', at: leaf.matches.length > 1 ? beyond.at : leaf.at } }
  })
}

function merged({ delegate: _, ...root }: HttpRule, leaf: HttpRule, matches: readonly HttpMatch[]): HttpRule {
  const name = [root.name, leaf.name].filter(part => part !== undefined).join('-')
  const { action } = leaf
  const rewrite = root.action.kind === 'forward' ? root.action.rewrite : undefined
  return {
    ...root,
    ...leaf,
    ...(name === '' ? {} : { name }),
    action:
      action.kind === 'forward' && rewrite !== undefined ? { ...action, rewrite: action.rewrite ?? rewrite } : action,
    mirrors: leaf.mirrors.length > 0 ? leaf.mirrors : root.mirrors,
    matches,
  }
}

/** Each of the root's with each of the delegate's that it can hold with. */
function mergedMatches(root: readonly HttpMatch[], leaf: readonly HttpMatch[]): readonly HttpMatch[] {
  if (root.length === 0) return leaf
  if (leaf.length === 0) return root
  return leaf.flatMap(own => root.flatMap(outer => (areApart(outer, own) ? [] : [mergedMatch(outer, own)])))
}

function mergedMatch(root: HttpMatch, leaf: HttpMatch): HttpMatch {
  const name = [root.name, leaf.name].filter(part => part !== undefined).join('-')
  return {
    ...root,
    ...leaf,
    ...(name === '' ? {} : { name }),
    ignoreUriCase: leaf.uri === undefined ? root.ignoreUriCase : leaf.ignoreUriCase,
    headers: byName(root.headers, leaf.headers),
    withoutHeaders: byName(root.withoutHeaders, leaf.withoutHeaders),
    queryParams: byName(root.queryParams, leaf.queryParams),
    sourceLabels: { ...root.sourceLabels, ...leaf.sourceLabels },
  }
}

function byName(root: readonly NamedMatch[], leaf: readonly NamedMatch[]): readonly NamedMatch[] {
  const own = new Set(leaf.map(({ name }) => name))
  return [...root.filter(({ name }) => !own.has(name)), ...leaf]
}

/** Is there no request for both, as far as Istio looks? */
function areApart(root: HttpMatch, leaf: HttpMatch): boolean {
  const texts = (['uri', 'scheme', 'method', 'authority'] as const).some(field => textsApart(root[field], leaf[field]))
  const named = (['headers', 'withoutHeaders', 'queryParams'] as const).some(field =>
    leaf[field].some(({ name, match }) => textsApart(root[field].find(outer => outer.name === name)?.match, match)),
  )
  const cases = root.uri !== undefined && leaf.uri !== undefined && root.ignoreUriCase !== leaf.ignoreUriCase
  return texts || named || cases || placesApart(root, leaf)
}

function placesApart(root: HttpMatch, leaf: HttpMatch): boolean {
  const differ = <T>(a: T | undefined, b: T | undefined) => a !== undefined && b !== undefined && a !== b
  const gateways = leaf.gateways?.some(gateway => root.gateways?.includes(gateway) === false) === true
  return (
    differ(root.port, leaf.port) ||
    differ(root.sourceNamespace, leaf.sourceNamespace) ||
    labelsApart(root.sourceLabels, leaf.sourceLabels) ||
    gateways
  )
}

function labelsApart(root: Labels, leaf: Labels): boolean {
  return Object.entries(leaf).some(([key, value]) => (ownValue(root, key) ?? value) !== value)
}

/** The delegate may say more than the root, and nothing else; regexes can't be compared. */
function textsApart(root: StringMatch | undefined, leaf: StringMatch | undefined): boolean {
  if (root === undefined || leaf === undefined) return false
  if (root.kind === 'present') return false
  if (leaf.kind === 'present' || root.kind === 'regex' || leaf.kind === 'regex') return true
  return root.kind === 'exact' ? leaf.kind !== 'exact' || leaf.value !== root.value : !leaf.value.startsWith(root.value)
}
