import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memo } from '../../src/util/memo.ts'

describe('what is remembered', () => {
  const [a, b] = [{ name: 'a' }, { name: 'b' }]

  it('is computed once for the same objects, in their order', () => {
    const calls: string[] = []
    const pair = memo((first: { name: string }, second: { name: string }) => {
      calls.push(first.name + second.name)
      return calls.length
    })
    assert.deepEqual([pair(a, b), pair(b, a), pair(a, b), pair(a, a), pair({ ...a }, b)], [1, 2, 1, 3, 4])
    assert.deepEqual(calls, ['ab', 'ba', 'aa', 'ab'])
  })

  it('may be nothing', () => {
    let calls = 0
    const nothing = memo((_: object) => {
      calls += 1
    })
    assert.deepEqual([nothing(a), nothing(a), calls], [undefined, undefined, 1])
  })

  it('does not depend on what else a caller hands over', () => {
    const copy = memo((item: { name: string }) => ({ ...item }))
    assert.equal([b, a].map(copy)[1], copy(a))
  })
})
