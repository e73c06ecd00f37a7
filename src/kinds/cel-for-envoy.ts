/** What Envoy takes of CEL, which is less than Istio lets pass: it refuses a whole listener for one function that it does not know. */
import { RE2JS } from 're2js'
import { type CelCall, readCel } from './cel-syntax.ts'
import { isTooLargeForCel } from './re2-size.ts'

/** By function: how many arguments it takes, with what it is called on counted as the first. As Envoy 1.40 has them. */
const functions: Readonly<{ [name: string]: readonly number[] }> = {
  size: [1],
  ...{ matches: [2], startsWith: [2], endsWith: [2], contains: [2] },
  ...{ int: [1], uint: [1], double: [1], bytes: [1], bool: [1], timestamp: [1], duration: [1], type: [1], dyn: [1] },
  ...{ getFullYear: [1, 2], getMonth: [1, 2], getDayOfMonth: [1, 2], getDate: [1, 2], getDayOfWeek: [1, 2] },
  ...{ getDayOfYear: [1, 2], getHours: [1, 2], getMinutes: [1, 2], getSeconds: [1, 2], getMilliseconds: [1, 2] },
}
/** Such as take nothing but arguments. */
const plain = new Set(['int', 'uint', 'double', 'bytes', 'bool', 'timestamp', 'duration', 'type', 'dyn'])
/** Such as are always called on something. */
const ofMoments = /^get/
/** What Envoy knows of a request or connection. */
const attributes = new Set(
  `request response connection upstream source destination metadata filter_state upstream_filter_state xds`.split(' '),
)
/** Names of types, and of Google's extension for regular expressions. */
const types = new Set('int uint double bool string bytes list map type null_type google re'.split(' '))
/** Google's extension for regular expressions. */
const ofRegex: Readonly<{ [name: string]: number }> = { extract: 3, capture: 2, captureN: 2 }

/** @returns why Envoy refuses an expression, or never finds it true; undefined where it does neither */
export function celBeyondEnvoy(text: string): string | undefined {
  const read = readCel(text)
  if ('problem' in read) return read.problem
  const [message] = read.messages
  if (message !== undefined) return `it makes a message of its own, ${message}{…}`
  const problem = read.calls.map(callProblem).find(each => each !== undefined)
  if (problem !== undefined) return problem
  const unknown = read.roots.find(name => !attributes.has(name) && !types.has(name))
  return unknown === undefined ? undefined : `Envoy knows nothing called ${unknown}`
}

function callProblem(call: CelCall): string | undefined {
  if (!isKnown(call)) return `Envoy has no such function: ${written(call)}`
  const pattern = call.name === 'matches' ? literalOf(call.args.at(-1)!) : undefined
  if (pattern === undefined) return undefined
  try {
    return isTooLargeForCel(RE2JS.compile(pattern))
      ? `a regular expression is too large for Envoy: ${pattern}`
      : undefined
  } catch {
    return `Envoy takes no such regular expression: ${pattern}`
  }
}

function isKnown({ target, name, args }: CelCall): boolean {
  if (target === '' && name === 'has') return true
  if (target === 're' && Object.hasOwn(ofRegex, name)) return ofRegex[name] === args.length
  if (!Object.hasOwn(functions, name)) return false
  if (target === '' ? ofMoments.test(name) : plain.has(name)) return false
  return functions[name]!.includes(args.length + (target === '' ? 0 : 1))
}

function written({ target, name, args }: CelCall): string {
  const list = args.map(tokens => tokens.join('')).join(', ')
  return `${target === '' ? '' : `${target}.`}${name}(${list})`
}

const letters: Readonly<{ [escaped: string]: string }> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

/** The text that one literal stands for; undefined where the argument is more than that. */
function literalOf(tokens: readonly string[]): string | undefined {
  const [, prefix, quoted] = /^([rR]?)((['"])[\s\S]*\3)$/.exec(tokens.join(' ')) ?? []
  if (tokens.length !== 1 || quoted === undefined) return undefined
  const content = /^("""|''')/.test(quoted) ? quoted.slice(3, -3) : quoted.slice(1, -1)
  if (prefix !== '') return content
  return content.replaceAll(
    /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/g,
    unescaped,
  )
}

function unescaped(_all: string, hex = '', short = '', long = '', octal = '', letter = ''): string {
  if (letter !== '') return letters[letter] ?? letter
  return String.fromCodePoint(octal === '' ? Number.parseInt(hex + short + long, 16) : Number.parseInt(octal, 8))
}
