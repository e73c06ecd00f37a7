import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ByZone, zoneShares } from '../../../src/phases/4-emit/envoy/zone-shares.ts'

const rows: readonly [says: string, alike: ByZone, capacity: ByZone, shares: ByZone | undefined][] = [
  ['all stays where it can', { a: 1, b: 1 }, { a: 1, b: 1 }, { a: 1 }],
  ['more room than calls', { a: 1, b: 3 }, { a: 3, b: 3 }, { a: 1 }],
  ['half the room of the calls', { a: 4 }, { a: 1, b: 1 }, { a: 0.5, b: 0.5 }],
  ['the rest goes where there is room', { a: 2, b: 1, c: 1 }, { a: 1, b: 1, c: 2 }, { a: 0.5, c: 0.5 }],
  ['by how much room there is', { a: 6 }, { a: 3, b: 2, c: 1 }, { a: 0.5, b: 1 / 3, c: 1 / 6 }],
  ['no endpoint in the own zone', { a: 1, b: 1 }, { b: 1, c: 1 }, undefined],
  ['one zone alone', { a: 1 }, { a: 2 }, undefined],
  ['nobody known to call', {}, { a: 1, b: 1 }, undefined],
]

for (const [says, alike, capacity, expected] of rows)
  test(`shares of zones: ${says}`, () => {
    const shares = zoneShares('a', alike, capacity)
    assert.deepEqual(Object.keys(shares ?? {}), Object.keys(expected ?? {}))
    for (const [zone, share] of Object.entries(expected ?? {})) assert.ok(Math.abs(share - shares![zone]!) < 1e-9)
  })

test('shares of zones add up, and where zones can’t bear their own calls every endpoint gets the same', () => {
  const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 50 }), { minKeys: 2 })
  fc.assert(
    fc.property(counts, counts, (alike, capacity) => {
      const all = Object.keys(alike).map(zone => [zone, zoneShares(zone, alike, capacity)] as const)
      for (const [, shares] of all) {
        if (shares === undefined) continue
        const sum = Object.values(shares).reduce((total, share) => total + share, 0)
        assert.ok(Math.abs(sum - 1) < 1e-9, JSON.stringify(shares))
        assert.ok(Object.values(shares).every(share => share > 0 && share <= 1 + 1e-9))
      }
      // Only where all zones call and answer does nobody fall back to the whole region.
      if (all.some(([, shares]) => shares === undefined)) return
      const calls = Object.values(alike).reduce((total, count) => total + count, 0)
      const room = Object.values(capacity).reduce((total, count) => total + count, 0)
      for (const [zone, size] of Object.entries(capacity)) {
        const got = all.reduce((total, [from, shares]) => total + (alike[from]! / calls) * (shares![zone] ?? 0), 0)
        assert.ok(got <= size / room + 1e-9, `${zone} gets ${got} of ${size / room}`)
      }
    }),
    { seed: 7, numRuns: 500 },
  )
})
