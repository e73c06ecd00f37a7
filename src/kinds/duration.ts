/** The units of a duration, the largest first, and how many milliseconds each is. */
export const unitMs: Readonly<{ [unit: string]: number }> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** The longest that Go, and so the API server, can count: 2⁶³ − 1 ns. Envoy ends at the same second. */
export const longestMs = 9_223_372_036_854.775

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
