/** The units of a duration, the largest first, and how many milliseconds each is. */
export const unitMs: Readonly<{ [unit: string]: number }> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** A longest duration, and its text. */
export interface DurationLimit {
  readonly ms: number
  readonly text: string
}

/** Envoy's, tried on 1.40; the longest that Go, and so the API server, can count is two seconds longer. */
export const longest: DurationLimit = { ms: 9_223_372_035_000, text: '2562047h47m15s' }

/**
 * Reads a duration as Go and Istio write it: `1h30m`, `2s`, `1.5s`, `250ms`.
 *
 * @returns milliseconds; undefined where the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  if (!/^([0-9]+(\.[0-9]+)?(h|ms|m|s))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([0-9]+(?:\.[0-9]+)?)(h|ms|m|s)/g))
    total += Number(amount) * (unitMs[unit!] ?? 0)
  return total
}

/** Milliseconds of an optional duration; a text that is none counts as absent, for the schema has reported it. */
export function durationMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text)
}
