/** What the agent says of values that somebody else has written, before it looks for a cluster. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { mergedValues, policyUse } from '../../src/cluster/install/values.ts'
import { meshOfFile } from './run-mesh.ts'

describe('mesh agent', () => {
  const meshIn = meshOfFile()
  const folder = mkdtempSync(join(tmpdir(), 'mesh-agent-'))
  after(() => rmSync(folder, { recursive: true }))

  for (const policies of ['never', '', false])
    it(`does not begin with ${JSON.stringify(policies)} for the use of policies`, async () => {
      writeFileSync(join(folder, 'values.json'), JSON.stringify({ validation: { policies } }))
      const { code, stderr } = await meshIn(folder, ['agent', '--values', 'values.json', '--kubeconfig', 'none'])
      assert.equal(code, 2)
      assert.match(
        stderr,
        new RegExp(`validation\\.policies can't be ${policies}[\\s\\S]*write auto, enforce, warn or off`),
      )
    })

  it('takes the words that there are, and the default where there is none', () => {
    const use = (json: object) => policyUse(mergedValues(json))
    assert.equal(use({ validation: { policies: 'off' } }), 'off')
    assert.equal(use({ validation: {} }), 'enforce')
    assert.equal(use({}), 'enforce')
  })
})
