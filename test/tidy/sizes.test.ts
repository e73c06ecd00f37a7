import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SourceFile, sourcesOf } from './sources.ts'

const maxFileLines = 400
const maxFunctionLines = 60

test('no file is longer than 400 lines', () => {
  const long = sourcesOf('src', 'policies', 'examples', 'test').filter(({ lines }) => lines.length > maxFileLines + 1)
  assert.deepEqual(
    long.map(({ path, lines }) => `${path}: ${lines.length - 1}`),
    [],
  )
})

test('no function is longer than 60 lines', () => {
  assert.deepEqual(sourcesOf('src', 'policies').flatMap(longFunctions), [])
})

test('files are named in kebab case', () => {
  const wrong = sourcesOf('src', 'policies', 'examples', 'test').filter(
    ({ path }) => !/^[a-z0-9-]+(\.[a-z0-9-]+)*\.ts$/.test(path.split('/').at(-1)!),
  )
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  )
})

test('nothing is called a manager, a helper or utils', () => {
  const wrong = sourcesOf('src', 'policies').filter(
    ({ path, text }) => /\/(utils?|helpers?)\.ts$/.test(path) || /\bclass \w*(Manager|Helper|Impl|Base)\b/.test(text),
  )
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  )
})

const unfinished = /\b(TODO|FIXME|XXX)\b|not implemented|\.only\(/
const untyped = /: any\b|\bas any\b|<any\b/
const comment = /^\s*(\/\/|\*|\/\*)/

test('sources hold no unfinished work and no any', () => {
  const wrong = sourcesOf('src', 'policies', 'test')
    .filter(({ path }) => !path.startsWith('test/tidy/'))
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => {
        const isWrong = unfinished.test(line) || (untyped.test(line) && !comment.test(line))
        return isWrong ? [`${path}:${index + 1}: ${line.trim()}`] : []
      }),
    )
  assert.deepEqual(wrong, [])
})

/**
 * Functions and methods by their layout, which the formatter guarantees: a head that ends in `{`, and a `}` at the
 * same depth.
 */
function longFunctions({ path, lines }: SourceFile): string[] {
  const long: string[] = []
  for (const [index, line] of lines.entries()) {
    const head =
      /^(\s*)(?:export )?(?:default )?(?:async )?(?:function\b|(?:(?:static|async|get|set) )*[#\w]+\(.*\).*\{$|const \w+ = .*=> \{$)/.exec(
        line,
      )
    if (head === null || /^\s*(if|for|while|switch|return|catch)\b/.test(line)) continue
    const end = lines.findIndex((candidate, at) => at > index && candidate.startsWith(`${head[1]}}`))
    const start = lines.findIndex((candidate, at) => at >= index && candidate.endsWith('{'))
    if (end > index && start <= end && end - index + 1 > maxFunctionLines)
      long.push(`${path}:${index + 1}: ${end - index + 1} lines`)
  }
  return long
}
