import {
  definePolicy,
  type HttpMatch,
  type HttpRouting,
  type HttpRule,
  isVirtualService,
  type Mesh,
  type NamedMatch,
  nameAt,
  type StringMatch,
} from 'meshwright/policy'

export default definePolicy({
  id: 'shadowed-route',
  meta: {
    severity: 'warning',
    recommended: true,
    standsAlone: true,
    description: 'Every rule of a route can be reached.',
  },
  messages: {
    rule: 'a rule of route "{route}" is never reached: an earlier rule takes all its requests',
    match: 'a match of route "{route}" is never reached: an earlier one takes all its requests',
  },
  help: 'move it before the one that takes its requests, narrow that one, or delete it',
  create: ({ mesh }) => ({
    *routing(routing) {
      const earlier: { readonly match: HttpMatch | undefined; readonly at: string }[] = []
      for (const rule of routing.rules) {
        const alternatives = rule.matches.length === 0 ? [undefined] : rule.matches
        const covered = alternatives.map(match => earlier.find(known => covers(known.match, match, routing)))
        const isWhole = isVirtualService(rule) && covered.every(cover => cover !== undefined)
        if (isWhole) yield shadowed('rule', rule, covered[0]!.at)
        else
          for (const [index, cover] of covered.entries())
            if (cover !== undefined && !isReachedElsewhere(rule.matches[index]!, routing, mesh))
              yield shadowed('match', rule.matches[index]!, cover.at)
        earlier.push(...alternatives.map(match => ({ match, at: match?.at ?? rule.at })))
      }
    },
  }),
})

/** Of the Gateway API each match is a rule by itself, in its place among those of all routes, and may be so for several listeners. */
function isReachedElsewhere(match: HttpMatch, routing: HttpRouting, { routings }: Mesh): boolean {
  if (isVirtualService(match)) return false
  return routings.some(other => {
    if (other === routing) return false
    const all = other.rules.flatMap(rule => rule.matches)
    const place = all.findIndex(({ at }) => at === match.at)
    return place >= 0 && !all.slice(0, place).some(each => isEqual(each, match) || covers(each, match, other))
  })
}

function shadowed(message: string, part: HttpRule | HttpMatch, by: string) {
  return {
    message,
    at: part.at,
    data: { route: nameAt(part.at) },
    related: [{ at: by, message: 'this takes its requests' }],
  }
}

/** Does `wide` hold for every request for which `narrow` holds? Equal matches are the rule duplicate-route's business. */
function covers(wide: HttpMatch | undefined, narrow: HttpMatch | undefined, routing: HttpRouting): boolean {
  if (wide === undefined) return true
  if (narrow === undefined) return isEverything(wide)
  if (isEqual(wide, narrow)) return false
  return (
    coversText(wide.uri, narrow.uri, wide.ignoreUriCase === narrow.ignoreUriCase) &&
    coversText(wide.method, narrow.method) &&
    coversText(wide.authority, narrow.authority) &&
    coversText(wide.scheme, narrow.scheme) &&
    coversAll(wide.headers, narrow.headers) &&
    coversAll(wide.queryParams, narrow.queryParams) &&
    (wide.cookies ?? []).every(({ name, value }) =>
      narrow.cookies?.some(other => other.name === name && other.value === value),
    ) &&
    wide.withoutHeaders.every(item =>
      narrow.withoutHeaders.some(other => JSON.stringify(other) === JSON.stringify(item)),
    ) &&
    (wide.port === undefined || wide.port === narrow.port) &&
    (wide.sourceNamespace === undefined || wide.sourceNamespace === narrow.sourceNamespace) &&
    Object.entries(wide.sourceLabels).every(([label, value]) => narrow.sourceLabels[label] === value) &&
    (narrow.gateways ?? routing.gateways.map(({ gateway }) => gateway)).every(gateway =>
      (wide.gateways ?? routing.gateways.map(item => item.gateway)).includes(gateway),
    )
  )
}

function isEverything(match: HttpMatch): boolean {
  const { at: _at, name: _name, ignoreUriCase: _case, uri, ...rest } = match
  const isAnyPath = uri === undefined || (uri.kind === 'prefix' && uri.value === '/')
  return (
    isAnyPath &&
    Object.values(rest).every(value =>
      Array.isArray(value) ? value.length === 0 : typeof value === 'object' && Object.keys(value).length === 0,
    )
  )
}

function isEqual(a: HttpMatch, b: HttpMatch): boolean {
  return JSON.stringify({ ...a, at: '', name: '' }) === JSON.stringify({ ...b, at: '', name: '' })
}

function coversText(wide: StringMatch | undefined, narrow: StringMatch | undefined, sameCase = true): boolean {
  if (wide === undefined || wide.kind === 'present') return wide === undefined || narrow !== undefined
  if (narrow === undefined || narrow.kind === 'present' || !sameCase) return false
  if (wide.kind === 'prefix' && narrow.kind !== 'regex') return narrow.value.startsWith(wide.value)
  return wide.kind === narrow.kind && wide.value === narrow.value
}

function coversAll(wide: readonly NamedMatch[], narrow: readonly NamedMatch[]): boolean {
  return wide.every(item => coversText(item.match, narrow.find(other => other.name === item.name)?.match))
}
