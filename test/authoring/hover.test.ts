/** What an editor shows over an option is its comment: each has one, and an optional one names its default. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { it } from 'node:test'

interface Option {
  readonly place: string
  readonly comment: string
  readonly isOptional: boolean
  readonly type: string
}

/** Members of the exported interfaces in src/authoring whose objects an author writes. */
const options: readonly Option[] = globSync('src/authoring/*.ts').flatMap(file =>
  [
    ...readFileSync(file, 'utf8').matchAll(
      /^export interface (\w+)(?:<[^{]*>)?(?: extends [^{]*)? \{\n([\s\S]*?)\n\}/gm,
    ),
  ]
    .filter(
      ([, name]) =>
        /(Options|Parts|Edits|Port|Ports|Param|HashBy\w+|Re(write|direct)(By|To|In)\w+|Authority)$/.test(name!) &&
        name !== 'HasPorts',
    )
    .flatMap(([, name, body]) =>
      [...body!.matchAll(/(?: {2}\/\*\*([\s\S]*?)\*\/\n)?^ {2}readonly (\w+)(\?)?: (.*)$/gm)].map(
        ([, comment = '', member, optional, type]) => ({
          place: `${file}: ${name}.${member}`,
          comment,
          isOptional: optional !== undefined,
          type: type!,
        }),
      ),
    ),
)

/** Members that only exclude others. */
const shown = options.filter(({ type }) => type !== 'never')

it('finds the options', t => {
  t.diagnostic(`${shown.length} options`)
  assert.ok(shown.length > 50)
})

it('every option has a comment', () => {
  assert.deepEqual(
    shown.filter(({ comment }) => comment.trim() === '').map(({ place }) => place),
    [],
  )
})

it('every optional option names its default', () => {
  assert.deepEqual(
    shown.filter(({ isOptional, comment }) => isOptional && !/default/i.test(comment)).map(({ place }) => place),
    [],
  )
})

/** Words that an author calls on another: `.timeout(…)`, `header(…).is(…)`. Overloads count once each. */
const words = globSync('src/authoring/*.ts').flatMap(file =>
  [
    ...readFileSync(file, 'utf8').matchAll(/^export interface (\w+)[^{]*(?:\{[^{}\n]*\}[^{]*)?\{\n([\s\S]*?)\n\}/gm),
  ].flatMap(([, name, body]) =>
    [...body!.matchAll(/( \*\/\n)?^ {2}(\w+)(?:<[^\n(]*>)?\(/gm)].map(([, end, word]) => ({
      place: `${file}: ${name}.${word}`,
      hasComment: end !== undefined,
    })),
  ),
)

it('every word that is called on another has a comment', t => {
  t.diagnostic(`${words.length} words`)
  assert.ok(words.length > 20)
  assert.deepEqual(
    words.filter(({ hasComment }) => !hasComment).map(({ place }) => place),
    [],
  )
})
