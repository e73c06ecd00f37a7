import { isHeaderName } from '../http-forms.ts'
import { badForm, cannotServe, conflict, missing, noEffect, type RuleFinding, token } from '../rule-finding.ts'
import type { ExtensionProvider, MeshConfig } from './mesh-config.ts'
import { fieldsIn, lineProblem } from './mesh-config-log-lowering.ts'
import type { FileLog, RequestLog } from './mesh-config-logs.ts'

/** Of what is said of access logs for the whole mesh. */
export function* lineRules(config: MeshConfig, root: string): Iterable<RuleFinding> {
  const { accessLogFormat: format, accessLogEncoding: encoding, accessLogFile: file } = config
  if (typeof file === 'string' && file !== '' && !file.startsWith('/'))
    yield badForm(`${root}/accessLogFile`, file, 'the path of a file', 'write /dev/stdout, say')
  if (typeof format !== 'string' || format === '') return
  const place = `${root}/accessLogFormat`
  if (encoding !== 'JSON') yield* textRules(format, place)
  else if (fieldsIn(format) === undefined) yield badForm(place, format.slice(0, 40), 'an object of JSON, as text')
  else yield* fieldRules(fieldsIn(format), place, true)
}

/** Of who is given lines, where the schema has nothing to say of it. */
export function* logRules(provider: Partial<ExtensionProvider>, pointer: string): Iterable<RuleFinding> {
  const { envoyFileAccessLog: file, envoyOtelAls: otel, envoyHttpAls: requests } = provider
  if (file !== undefined) yield* fileRules(file, `${pointer}/envoyFileAccessLog`)
  if (otel !== undefined) {
    const { text, labels = {} } = otel.logFormat ?? {}
    const place = `${pointer}/envoyOtelAls/logFormat`
    yield* textRules(text, `${place}/text`)
    for (const [name, format] of Object.entries(labels)) yield* textRules(format, `${place}/labels/${token(name)}`)
  }
  if (requests !== undefined) yield* headerRules(requests, `${pointer}/envoyHttpAls`)
}

function* fileRules({ path, logFormat, omitEmptyValues }: FileLog, pointer: string): Iterable<RuleFinding> {
  if (typeof path === 'string' && path !== '' && !path.startsWith('/'))
    yield badForm(`${pointer}/path`, path, 'the path of a file', 'write /dev/stdout, say')
  if (logFormat === undefined) {
    if (omitEmptyValues !== undefined) yield noEffect(`${pointer}/omitEmptyValues`, 'there is no logFormat')
    return
  }
  const { text, labels } = logFormat
  if (text === undefined && labels === undefined) yield missing(`${pointer}/logFormat`, 'text or labels')
  if (text !== undefined && labels !== undefined) yield conflict(`${pointer}/logFormat/labels`, 'text')
  yield* textRules(text, `${pointer}/logFormat/text`)
  if (labels !== undefined) yield* fieldRules(labels, `${pointer}/logFormat/labels`, false)
}

function* textRules(text: string | undefined, pointer: string): Iterable<RuleFinding> {
  if (typeof text !== 'string') return
  const problem = lineProblem(text)
  if (problem !== undefined) yield cannotServe(pointer, `it ${problem}`)
}

/** @param isText do the fields stand in a text, so that none has a place of its own? */
function* fieldRules(value: unknown, pointer: string, isText: boolean): Iterable<RuleFinding> {
  if (typeof value === 'string') yield* textRules(value, pointer)
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value))
    yield* fieldRules(inner, isText ? pointer : `${pointer}/${token(name)}`, isText)
}

const headerLists = [
  'additionalRequestHeadersToLog',
  'additionalResponseHeadersToLog',
  'additionalResponseTrailersToLog',
] as const

function* headerRules(from: RequestLog, pointer: string): Iterable<RuleFinding> {
  for (const field of headerLists)
    for (const [index, name] of (from[field] ?? []).entries())
      if (!isHeaderName(name.replace(/^:/, '')))
        yield { slug: 'header-name-invalid', pointer: `${pointer}/${field}/${index}`, params: { value: name } }
}
