/** Our types make the schemas: what a generator of schemas gets wrong shows here, at the validators that check runs. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { kinds } from '../../src/kinds/index.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'
import { extensionSamples } from './extension-samples.ts'
import { podSamples } from './pod-samples.ts'
import { samples } from './samples.ts'
import { outsideSamples } from './samples-outside.ts'
import { securitySamples } from './security-samples.ts'

/** `pointer: problem` of each finding. */
function findings(resource: object): string[] {
  const span = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 }
  const { diagnostics } = checkShapes([
    { resource: resource as never, span, spanAt: pointer => ({ ...span, file: pointer }) },
  ])
  return diagnostics.map(({ span: at, message }) => `${at!.file}: ${message.replace(/^\w+ "sample": \S+ /, '')}`)
}

const metadata = { name: 'sample', labels: { app: 'sample' }, creationTimestamp: null }

for (const { apiVersion, kind, good, bad } of [
  ...samples,
  ...podSamples,
  ...securitySamples,
  ...extensionSamples,
  ...outsideSamples,
]) {
  const resource = (spec: unknown) => ({ apiVersion, kind, metadata, ...(spec === undefined ? {} : { spec }) })
  describe(kind, () => {
    for (const { what, spec } of good) it(`takes ${what}`, () => assert.deepEqual(findings(resource(spec)), []))
    for (const { what, spec, says } of bad)
      it(`refuses ${what}`, () => assert.deepEqual(findings(resource(spec)), [says]))
    it('takes what a cluster adds', () => {
      const [{ spec } = { spec: undefined }] = good
      const live = { ...metadata, uid: 'u', resourceVersion: '7', generation: 2, managedFields: [{ manager: 'x' }] }
      assert.deepEqual(findings({ ...resource(spec), metadata: live, status: { conditions: [] } }), [])
    })
    it('refuses labels that are no texts', () => {
      const [{ spec } = { spec: undefined }] = good
      assert.deepEqual(findings({ ...resource(spec), metadata: { name: 'sample', labels: { a: 1 } } }), [
        '/metadata/labels/a: must be a text, not 1',
      ])
    })
  })
}

it('every kind of the table has a schema that ajv takes in strict mode', () => {
  for (const { kind, apiVersions } of kinds) {
    const group = apiVersions[0].includes('/') ? apiVersions[0].split('/')[0] : 'core'
    const file = kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
    const schema = JSON.parse(readFileSync(`schemas/${group}/${file}.json`, 'utf8')) as object
    assert.doesNotThrow(() => new Ajv({ strict: true, allowUnionTypes: true }).compile(schema), kind)
  }
})
