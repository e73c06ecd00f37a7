import { parseDuration } from '../duration.ts'
import { endlessDuration } from '../forms.ts'
import { httpMethods, isHeaderName, openToAll } from '../http-forms.ts'
import { badForm, conflict, noEffect, type RuleFinding, unknownWord } from '../rule-finding.ts'
import { textMatch } from './http-match-rules.ts'
import type { CorsPolicy, StringMatch } from './virtual-service.ts'

const methods: ReadonlySet<string> = new Set([...httpMethods, '*'])

/** Cross-origin rules. */
export function* corsRules(cors: CorsPolicy | undefined, pointer: string): Iterable<RuleFinding> {
  if (cors === undefined) return
  if (cors.allowOrigin !== undefined && cors.allowOrigins !== undefined)
    yield conflict(`${pointer}/allowOrigin`, 'allowOrigins, which supersedes it')
  for (const [index, origin] of (cors.allowOrigins ?? []).entries()) {
    yield* textMatch(`${pointer}/allowOrigins/${index}`, origin, { isUri: false })
    const place = `${pointer}/allowOrigins/${index}/exact`
    if (origin.exact === '') yield badForm(place, '', 'an origin', 'write it like https://shop.example')
    else if (origin.exact !== undefined && !isOrigin(origin.exact))
      yield noEffect(place, 'browsers say scheme and host, and no more: write it like https://shop.example')
  }
  yield* sharedCredentials(cors, pointer)
  for (const [index, method] of (cors.allowMethods ?? []).entries()) {
    if (!methods.has(method))
      yield unknownWord(`${pointer}/allowMethods/${index}`, method, 'an HTTP method', [...methods])
  }
  for (const field of ['allowHeaders', 'exposeHeaders'] as const) {
    for (const [index, name] of (cors[field] ?? []).entries())
      if (!isHeaderName(name))
        yield { slug: 'header-name-invalid', pointer: `${pointer}/${field}/${index}`, params: { value: name } }
  }
  yield* endlessDuration(`${pointer}/maxAge`, cors.maxAge)
  const maxAgeMs = cors.maxAge === undefined ? undefined : parseDuration(cors.maxAge)
  if (maxAgeMs !== undefined && maxAgeMs % 1000 !== 0)
    yield badForm(`${pointer}/maxAge`, cors.maxAge!, 'a whole number of seconds', 'browsers count in seconds: 10m, 30s')
}

/** As browsers say it; `null` is that of a page without any. */
function isOrigin(text: string): boolean {
  return text === '*' || text === 'null' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+$/i.test(text)
}

/** Browsers take no `*` for requests with credentials; Envoy names whoever asks, and so lets each site act for its visitors. */
function* sharedCredentials(cors: CorsPolicy, pointer: string): Iterable<RuleFinding> {
  if (cors.allowCredentials !== true) return
  for (const [index, origin] of (cors.allowOrigins ?? []).entries())
    if (isAnyOrigin(origin)) yield openToAll(`${pointer}/allowOrigins/${index}`)
  for (const [index, origin] of (cors.allowOrigin ?? []).entries())
    if (origin === '*') yield openToAll(`${pointer}/allowOrigin/${index}`)
}

const anyText: ReadonlySet<string> = new Set(['.*', '.+', '^.*$', '^.+$', 'https?://.*', 'https?://.+', 'https://.*'])

function isAnyOrigin({ exact, prefix, regex }: StringMatch): boolean {
  return exact === '*' || (prefix !== undefined && 'https://'.startsWith(prefix)) || anyText.has(regex ?? '')
}
