import { waiverExpired, waiverInvalid, waiverUnused } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Waiver } from '../../policy.ts'
import type { ConfigPlaces } from './config-places.ts'

export interface WaiverContext {
  /** `YYYY-MM-DD`. */
  readonly today: string
  readonly places: ConfigPlaces
}

export interface Waived {
  readonly kept: readonly Diagnostic[]
  /** How many findings were waived. */
  readonly waived: number
}

/**
 * Takes waived findings out. A waiver that has expired waives nothing and is an error; one that waives nothing is a
 * warning, so that none outlives its reason.
 */
export function applyWaivers(
  findings: readonly Diagnostic[],
  waivers: readonly unknown[],
  context: WaiverContext,
): Waived {
  const diagnostics: Diagnostic[] = []
  const active: Waiver[] = []
  for (const waiver of waivers) {
    const problem = problemOf(waiver, context)
    if (problem === undefined) active.push(waiver as Waiver)
    else diagnostics.push(problem)
  }
  const used = new Set<Waiver>()
  const kept = findings.filter(finding => {
    const match = active.find(waiver => isWaivedBy(finding, waiver))
    if (match !== undefined) used.add(match)
    return match === undefined
  })
  for (const waiver of active) {
    if (!used.has(waiver))
      diagnostics.push(
        waiverUnused({ span: context.places.spanOf(waiver.subject) }, { rule: waiver.rule, subject: waiver.subject }),
      )
  }
  return { kept: [...kept, ...diagnostics], waived: findings.length - kept.length }
}

function problemOf(waiver: unknown, { today, places }: WaiverContext): Diagnostic | undefined {
  const { rule, subject, reason, until } = (
    typeof waiver === 'object' && waiver !== null ? waiver : {}
  ) as Partial<Waiver>
  const place = { span: places.spanOf(typeof subject === 'string' ? subject : String(rule)) }
  const texts = { rule, subject, reason, until }
  for (const [field, value] of Object.entries(texts)) {
    if (typeof value !== 'string' || value === '')
      return waiverInvalid(place, { field, expected: field === 'until' ? 'a day, YYYY-MM-DD' : 'a text' })
  }
  if (!isDay(until!)) return waiverInvalid(place, { field: 'until', expected: 'a day, YYYY-MM-DD' })
  return until! < today ? waiverExpired(place, { rule: rule!, subject: subject!, until: until! }) : undefined
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

function isWaivedBy(finding: Diagnostic, waiver: Waiver): boolean {
  if (finding.code !== waiver.rule || finding.subject === undefined) return false
  const { kind, namespace, name } = finding.subject
  return isAbout(waiver, `${kind}/${namespace}/${name}`)
}

/** Is it about the resource of this key, `Kind/namespace/name`? */
export function isAbout({ subject }: Pick<Waiver, 'subject'>, key: string): boolean {
  return globMatches(subject, key)
}

/** `*` stands for any text. Compared piece by piece: no regular expression is made from what a user wrote. */
function globMatches(glob: string, text: string): boolean {
  const pieces = glob.split('*')
  const [first = ''] = pieces
  const last = pieces.at(-1) ?? ''
  if (pieces.length === 1) return glob === text
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let from = first.length
  for (const piece of pieces.slice(1, -1)) {
    const index = text.indexOf(piece, from)
    if (index < 0) return false
    from = index + piece.length
  }
  return from <= text.length - last.length
}
