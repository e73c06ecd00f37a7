/** What the API server would refuse by a rule of the Gateway API's definitions, check calls an error. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileResources } from '../../src/compile.ts'
import { gatewayApiSamples } from './gateway-api-samples.ts'

const span = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 }

function errorsOf(kind: string, spec: object): string[] {
  const apiVersion = 'gateway.networking.k8s.io/v1'
  const resource = { apiVersion, kind, metadata: { name: 'sample', namespace: 'default' }, spec }
  const { diagnostics } = compileResources({ resources: [{ resource, span, spanAt: () => span }] })
  return diagnostics
    .filter(({ severity, code }) => severity === 'error' && /^MW3/.test(code))
    .map(({ message }) => message)
}

for (const [kind, samples] of Object.entries(gatewayApiSamples))
  describe(kind, () => {
    for (const { what, sound, broken } of samples)
      it(what, () => {
        assert.deepEqual(errorsOf(kind, sound), [], `sound: ${JSON.stringify(sound)}`)
        assert.notDeepEqual(errorsOf(kind, broken), [], `broken: ${JSON.stringify(broken)}`)
      })
  })
