import { hardlyMeant, type RuleFinding } from '../rule-finding.ts'
import type { HTTPRoute, VirtualServiceSpec } from './virtual-service.ts'

/**
 * Prefixes whose rewrite makes one word of two, or an empty part: Istio has letters replaced by letters, where the Gateway API replaces
 * parts of a path by parts.
 */
export function* rewriteRules({ hosts = [], http = [] }: VirtualServiceSpec): Iterable<RuleFinding> {
  // Where a delegate's rules hold says another.
  const unsaid = hosts.length === 0 ? [] : ['/']
  const before = new Set<string>()
  for (const [index, rule] of http.entries()) {
    const prefixes = (rule.match ?? []).flatMap(({ uri }) => uri?.prefix ?? (uri === undefined ? unsaid : []))
    const pointer = `/spec/http/${index}`
    for (const { field, text } of replacements(rule)) {
      const found = (rule.match?.length ? prefixes : unsaid).flatMap((prefix, number) => {
        const isLed = before.has(`${prefix}/`) || prefixes.slice(0, number).includes(`${prefix}/`)
        return problemOf(prefix, text, isLed) ?? []
      })[0]
      if (found !== undefined) yield hardlyMeant(`${pointer}/${field}`, found.effect, found.remedy)
    }
    for (const prefix of prefixes) before.add(prefix)
  }
}

function replacements({ rewrite, redirect, route, match = [] }: HTTPRoute) {
  const isReplaced = route !== undefined && rewrite?.uriRegexRewrite === undefined
  const isLed = match.length > 0 && redirect?.uri === undefined
  return [
    { field: 'rewrite/uri', text: isReplaced ? rewrite?.uri : undefined },
    { field: 'redirect/prefixRewrite', text: isLed ? redirect?.prefixRewrite : undefined },
  ].flatMap(({ field, text }) => (text === undefined || text === '' ? [] : [{ field, text }]))
}

/** @param isLed does a match before it take what follows the prefix and a slash? */
function problemOf(prefix: string, text: string, isLed: boolean) {
  const isGlued = prefix.endsWith('/') && /^[^?]*[A-Za-z0-9]$/.test(text)
  const isDoubled =
    prefix.startsWith('/') && !prefix.endsWith('/') && text.endsWith('/') && !text.includes('?') && !isLed
  if (!isGlued && !isDoubled) return undefined
  const path = isGlued ? `${prefix}x` : `${prefix}/x`
  const effect = `makes ${text}${path.slice(prefix.length)} of ${path}: the letters of the prefix ${prefix} are replaced, and no more`
  const before = `match the prefix ${prefix}/ before it`
  if (isGlued) return { effect, remedy: `write ${text}/` }
  return { effect, remedy: text === '/' ? before : `write ${text.replace(/\/+$/, '')}, or ${before}` }
}
