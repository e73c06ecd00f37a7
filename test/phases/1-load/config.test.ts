import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInSandbox } from '../../../src/phases/1-load/evaluate.ts'
import { load } from '../../../src/phases/1-load/load.ts'
import { withFolder } from './scratch.ts'

const mesh = "import { service } from 'meshwright'\nexport const web = service('web', { port: 80 })\n"

describe('mesh.config.ts', () => {
  it('is plain data, with its policies as a script for the sandbox', async () => {
    const files = {
      'mesh.ts': mesh,
      'rules/hosts.ts': 'export const allowed = (host: string) => host.length > 3',
      'mesh.config.ts': `import { allowed } from './rules/hosts.ts'
export default {
  namespace: 'shop',
  presets: ['strict'],
  rules: { 'no-wildcard': ['error', { except: ['*.a'] }] },
  policies: [{ id: 'long-hosts', create: () => ({ check: allowed }) }],
}`,
    }
    await withFolder(files, async folder => {
      const { value, diagnostics } = await load({ path: folder })
      assert.deepEqual(diagnostics, [])
      const { policyBundle, ...config } = value!.config
      assert.deepEqual(config, {
        namespace: 'shop',
        presets: ['strict'],
        rules: { 'no-wildcard': ['error', { except: ['*.a'] }] },
      })
      const glue =
        'meshwrightBundle = (b => ({ check: host => b.default.policies[0].create().check(host) }))(meshwrightBundle)'
      const answer = await runInSandbox(`${policyBundle}\n${glue}`, { entryCall: 'check', input: 'web' })
      assert.deepEqual(answer, { kind: 'value', json: 'false' })
    })
  })

  it('has places for what it throws, and is type-checked', async () => {
    const config = "const n: number = 'x'\nexport default { namespace: (() => { throw new Error('no') })() }"
    await withFolder({ 'mesh.ts': mesh, 'mesh.config.ts': config }, async folder => {
      const { diagnostics } = await load({ path: folder })
      assert.deepEqual(
        diagnostics.map(found => [found.code, found.span?.file, found.span?.line]),
        [
          ['MW1011', 'mesh.config.ts', 1],
          ['MW1031', 'mesh.config.ts', 2],
        ],
      )
    })
  })

  it('must export an object of known fields', async () => {
    for (const text of [
      'export const x = 1',
      'export default 1',
      'export default { rules: [] }',
      "export default { namespace: 'shop', injection: 'yes' }",
      'export default { injection: true }',
      'export default { __proto__: null, constructor: 1 }',
    ]) {
      await withFolder({ 'mesh.ts': mesh, 'mesh.config.ts': text }, async folder => {
        const { diagnostics } = await load({ path: folder })
        assert.deepEqual(
          diagnostics.map(found => found.code),
          ['MW1061'],
          text,
        )
      })
    }
  })
})
