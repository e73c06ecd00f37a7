import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { der, integer, objectId, time } from '../../src/identity/der.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('DER', () => {
  it('writes numbers in their shortest form, and none that would be negative', () => {
    const cases: readonly [string, string][] = [
      ['00', '020100'],
      ['0001', '020101'],
      ['7f', '02017f'],
      ['000000', '020100'],
      ['0080', '02020080'],
      ['0000ff01', '020300ff01'],
    ]
    for (const [bytes, written] of cases) assert.equal(hex(integer(Buffer.from(bytes, 'hex'))), written, bytes)
  })

  it('writes lengths in their shortest form', () => {
    const begins = (length: number) => hex(der(0x04, Buffer.alloc(length)).subarray(0, 4))
    assert.equal(begins(127), '047f0000')
    assert.equal(begins(128), '04818000')
    assert.equal(begins(255), '0481ff00')
    assert.equal(begins(256), '04820100')
  })

  it('writes object identifiers in groups of seven bits', () => {
    assert.equal(hex(objectId('1.2.840.113549.1.1.11')), '06092a864886f70d01010b')
    assert.equal(hex(objectId('2.5.29.17')), '0603551d11')
  })

  it('writes years from 2050 on with four digits', () => {
    const written = (text: string) => time(Date.parse(text)).toString('latin1')
    assert.equal(written('2049-12-31T23:59:59Z'), '\x17\x0d491231235959Z')
    assert.equal(written('2050-01-01T00:00:00Z'), '\x18\x0f20500101000000Z')
  })
})
