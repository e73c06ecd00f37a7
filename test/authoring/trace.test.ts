/** Marks of where values were written, which may not be taken for what authors write. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { traced, untrace } from '../../src/authoring/trace.ts'

describe('a mark', () => {
  it('is taken off, and tells where its value was written', () => {
    const tree = JSON.parse(JSON.stringify({ a: traced([traced('x', 0, 1)], 0, 'b') })) as object
    assert.deepEqual(untrace(tree, 1), {
      value: { a: ['x'] },
      traces: { '/a': { site: 0, path: ['b'] }, '/a/0': { site: 0, path: [1] } },
    })
  })

  it('is no list that begins with a NUL', () => {
    for (const list of [['\0'], ['\0', 'x', 0], ['\0', 'x', 'y']])
      assert.deepEqual(untrace({ list: structuredClone(list) }, 1), { value: { list }, traces: {} })
  })

  it('of no call is none', () => {
    assert.equal(untrace(JSON.parse(JSON.stringify(traced('x', 1))), 1), undefined)
  })
})
