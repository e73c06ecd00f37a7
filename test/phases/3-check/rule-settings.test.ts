import assert from 'node:assert/strict'
import { it } from 'node:test'
import { configPlaces } from '../../../src/phases/3-check/config-places.ts'
import { ruleSettings } from '../../../src/phases/3-check/rule-settings.ts'
import { ownValue } from '../../../src/util/own-value.ts'

it('a rule keeps its options whatever it is called', () => {
  for (const id of ['__proto__', 'constructor', 'mine']) {
    const known = { rules: [{ id, severity: 'error', recommended: false, isOwn: true } as const], isComplete: true }
    const config = { rules: Object.fromEntries([[id, ['warning', { min: 3 }]]]) } as object
    const { options, severities } = ruleSettings(known, config, configPlaces(undefined))
    assert.deepEqual(ownValue(options, id), { min: 3 })
    assert.equal(severities.get(id), 'warning')
  }
})
