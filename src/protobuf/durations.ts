import { CodecError, shown } from './codec-error.ts'

/** Seconds and nanoseconds: of a google.protobuf.Duration, or since 1970 of a Timestamp. */
export interface Moment {
  readonly seconds: bigint
  readonly nanos: number
}

/** Largest number of seconds of a Duration: ten thousand years, by duration.proto. */
const longest = 315_576_000_000n

/** `"2s"`, `"-0.250s"`. */
export function parseDuration(json: unknown): Moment {
  const [, sign, whole, fraction = ''] =
    (typeof json === 'string' && /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(json)) || []
  if (whole === undefined || BigInt(whole) > longest)
    throw new CodecError(`expected a duration such as "2s" or "0.250s", got ${shown(json)}`)
  const nanos = Number(fraction.padEnd(9, '0'))
  return sign === '-' ? { seconds: -BigInt(whole), nanos: nanos === 0 ? 0 : -nanos } : { seconds: BigInt(whole), nanos }
}

export function formatDuration({ seconds, nanos }: Moment): string {
  const sign = seconds < 0n || nanos < 0 ? '-' : ''
  return `${sign}${seconds < 0n ? -seconds : seconds}${fractionOf(Math.abs(nanos))}s`
}

/** RFC 3339: `"2026-01-02T03:04:05.5Z"`. */
export function parseTimestamp(json: unknown): Moment {
  const [, second, fraction = '', zone] =
    (typeof json === 'string' && /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(json)) || []
  const ms = Date.parse(`${second}${zone}`)
  if (Number.isNaN(ms)) throw new CodecError(`expected a time such as "2026-01-02T03:04:05Z", got ${shown(json)}`)
  return { seconds: BigInt(ms / 1000), nanos: Number(fraction.padEnd(9, '0')) }
}

export function formatTimestamp({ seconds, nanos }: Moment): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fractionOf(nanos)}Z`
}

/** Nothing, or three, six or nine digits, as protobuf's JSON has it. */
function fractionOf(nanos: number): string {
  if (nanos === 0) return ''
  return `.${String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '')}`
}
