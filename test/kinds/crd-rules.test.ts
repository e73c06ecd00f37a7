/** What the API server would refuse by a rule of Istio's definitions, check calls an error. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileResources } from '../../src/compile.ts'
import { kinds } from '../../src/kinds/index.ts'
import { celSamples, choiceSamples, type RuleSample } from './broken-rules.ts'

const span = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 }

function errorsOf({ group, kind }: RuleSample, spec: object): string[] {
  const { apiVersions } = kinds.find(each => each.kind === kind && each.apiVersions[0].startsWith(`${group}/`))!
  const resource = { apiVersion: apiVersions[0], kind, metadata: { name: 'sample', namespace: 'default' }, spec }
  const { diagnostics } = compileResources({ resources: [{ resource, span, spanAt: () => span }] })
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)
}

/** Istio's definitions have the field, its validation refuses whatever it holds. */
const alwaysRefused = /exponentialDelay: "1s" is not supported by Envoy$|^Sidecar .* only gateways know it$/

/** Of those kinds that we have. */
const known = (samples: readonly RuleSample[]) => samples.filter(({ kind }) => kinds.some(each => each.kind === kind))

for (const [what, samples] of [
  ['rules in CEL', celSamples],
  ['choices between fields', choiceSamples],
] as const) {
  describe(`${known(samples).length} of ${samples.length} ${what}`, () => {
    for (const sample of known(samples))
      it(`${sample.kind} ${sample.path}: ${sample.rule}`, () => {
        const before = errorsOf(sample, sample.sound).filter(message => !alwaysRefused.test(message))
        assert.deepEqual(before, [], `sound: ${JSON.stringify(sample.sound)}`)
        assert.notDeepEqual(errorsOf(sample, sample.broken), [], `broken: ${JSON.stringify(sample.broken)}`)
      })
  })
}

it('all rules of the definitions have a sample', () => {
  assert.equal(celSamples.length, 159)
  assert.equal(choiceSamples.length, 29)
})
