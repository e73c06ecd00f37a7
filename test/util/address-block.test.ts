import assert from 'node:assert/strict'
import { it } from 'node:test'
import { addressBlock } from '../../src/util/address-block.ts'

const cases: readonly (readonly [text: string, address: string | undefined, length?: number])[] = [
  ['10.1.2.3', '10.1.2.3', 32],
  ['10.1.2.3/16', '10.1.0.0', 16],
  ['10.255.255.255/12', '10.240.0.0', 12],
  ['10.1.2.3/0', '0.0.0.0', 0],
  ['fd00::1', 'fd00:0:0:0:0:0:0:1', 128],
  ['fd00:1:2:3:4:5:6:7/44', 'fd00:1:0:0:0:0:0:0', 44],
  ['::/0', '0:0:0:0:0:0:0:0', 0],
  ['::ffff:10.1.2.3', '0:0:0:0:0:ffff:a01:203', 128],
  ['a', undefined],
]

for (const [text, address, length] of cases)
  it(text, () => {
    assert.deepEqual(addressBlock(text), address === undefined ? undefined : { address, length })
  })
