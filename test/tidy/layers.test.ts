import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf, sourcesOf } from './sources.ts'

/**
 * From the top down: a file may import from its own layer's folder and from those below. `authoring` runs in the
 * sandbox, so nothing between it and the phases may reach up or out.
 */
const layers: readonly (readonly string[])[] = [
  ['src/cli/'],
  ['src/local/'],
  ['src/agent/'],
  ['src/cluster/'],
  ['src/xds/'],
  ['src/identity/'],
  ['src/compile.ts'],
  ['src/phases/4-emit/'],
  ['src/phases/3-check/'],
  ['policies/'],
  ['src/policy.ts'],
  ['src/phases/2-resolve/'],
  ['src/phases/1-load/'],
  ['src/index.ts'],
  ['src/authoring/'],
  ['src/kinds/'],
  ['src/model/'],
  ['src/diagnostics/'],
  ['src/protobuf/'],
  ['src/util/'],
]

/** Where the direction is broken on purpose, with the reason. */
const exceptions: ReadonlySet<string> = new Set([
  // The policy API re-exports the function that runs policies, so that a sandbox's bundle has it.
  'src/policy.ts → src/phases/3-check/run-policies.ts',
])

function layerOf(path: string): number {
  return layers.findIndex(prefixes => prefixes.some(prefix => path.startsWith(prefix)))
}

test('imports go downwards only', () => {
  const wrong = sourcesOf('src', 'policies')
    .filter(({ path }) => !path.startsWith('src/generate/'))
    .flatMap(file =>
      importsOf(file)
        .filter(target => layerOf(target) < layerOf(file.path))
        .map(target => `${file.path} → ${target}`),
    )
    .filter(arrow => !exceptions.has(arrow))
  assert.deepEqual(wrong, [])
})

test('every source lies in a known layer', () => {
  const stray = sourcesOf('src').filter(({ path }) => layerOf(path) < 0 && !path.startsWith('src/generate/'))
  assert.deepEqual(
    stray.map(({ path }) => path),
    [],
  )
})

test('src/util/ holds leaves: they import nothing of ours', () => {
  const wrong = sourcesOf('src/util').flatMap(file => importsOf(file).map(target => `${file.path} → ${target}`))
  assert.deepEqual(wrong, [])
})

/** An EnvoyFilter is written in Envoy's own messages. */
const spokenOf = 'src/kinds/istio/envoy-messages.ts'

test('only 4-emit knows targets', () => {
  const knowing = sourcesOf('src')
    .filter(({ path }) => /^src\/(model|kinds|authoring|phases\/[123])/.test(path) && path !== spokenOf)
    .filter(({ text }) => /type\.googleapis\.com|envoy\.config\.|envoy\.filters\./.test(text))
  assert.deepEqual(
    knowing.map(({ path }) => path),
    [],
  )
})

test('policies import what a rule of a user may import, and nothing else', () => {
  const wrong = sourcesOf('policies').flatMap(({ path, text }) =>
    [...text.matchAll(/from '([^']+)'/g)]
      .filter(match => match[1] !== 'meshwright/policy')
      .map(match => `${path}: ${match[1]}`),
  )
  assert.deepEqual(wrong, [])
})
