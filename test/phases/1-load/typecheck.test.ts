import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkFindings } from '../../../src/phases/1-load/check-messages.ts'
import { ownPackages } from '../../../src/phases/1-load/packages.ts'
import { openTree } from '../../../src/phases/1-load/source-tree.ts'
import { type CheckOutcome, typecheck } from '../../../src/phases/1-load/typecheck.ts'
import { withFolder } from './scratch.ts'

function check(text: string, timeMs?: number): Promise<CheckOutcome> {
  return withFolder({ 'mesh.ts': text }, folder => {
    const tree = openTree({ path: folder, ignore: [], fileBytes: 1_000_000 }).value!
    const limit = timeMs === undefined ? {} : { timeMs }
    return typecheck({ tree, roots: ['mesh.ts'], packages: ownPackages, skipTypes: false, ...limit })
  })
}

/** A type whose members double with each step: cheap to write, dear to check. */
const dear = `type Digit = ${Array.from({ length: 10 }, (_, n) => `'${n}'`).join(' | ')}
type Text = \`\${Digit}\${Digit}\${Digit}\${Digit}\`
type Pairs<T extends string> = { [K in T]: { [L in T]: [K, L] } }
export const all = null as unknown as Pairs<Text>
export const other: Pairs<Text>['0000']['0001'] = all[null as unknown as Text][null as unknown as Text]
`

describe('type-check', () => {
  it('is ended at its limit on time, and the next one works', async () => {
    const outcome = await check(dear, 1)
    assert.deepEqual(outcome, { kind: 'failed', reason: 'it took more than 0.001 s' })
    assert.deepEqual(
      checkFindings(outcome, new Map()).map(found => found.code),
      ['MW1012'],
    )
    const next = await check("export const n: number = 'x'")
    assert.equal(next.kind === 'answer' && next.answer.messages[0]?.code, 2322)
  })

  it('sees what changed from one check to the next', async () => {
    const codes = async (text: string) => {
      const outcome = await check(text)
      return outcome.kind === 'answer' ? outcome.answer.messages.map(message => message.code) : outcome.reason
    }
    assert.deepEqual(await codes('export const n: number = 1'), [])
    assert.deepEqual(await codes("export const n: number = ''"), [2322])
    assert.deepEqual(await codes('export const n: number = 2'), [])
    assert.deepEqual(await codes('export const n: = 2'), [1110])
  })

  it('looks at other files than the check before, of which one may be the same', async () => {
    const files = {
      'mesh.ts': 'export const n = 1',
      'other.ts': "export const n: number = ''",
      'mesh.config.ts': 'export default {}',
    }
    await withFolder(files, async folder => {
      const tree = openTree({ path: folder, ignore: [], fileBytes: 1_000_000 }).value!
      const checked = async (root: string) => {
        const roots = [root, 'mesh.config.ts']
        const outcome = await typecheck({ tree, roots, packages: ownPackages, skipTypes: false })
        assert.equal(outcome.kind, 'answer')
        const { syntax, messages } = (outcome as Extract<CheckOutcome, { kind: 'answer' }>).answer
        return [Object.keys(syntax).sort(), messages.map(({ code }) => code)]
      }
      assert.deepEqual(await checked('mesh.ts'), [['mesh.config.ts', 'mesh.ts'], []])
      assert.deepEqual(await checked('other.ts'), [['mesh.config.ts', 'other.ts'], [2322]])
      assert.deepEqual(await checked('mesh.ts'), [['mesh.config.ts', 'mesh.ts'], []])
    })
  })

  it('tells of types in the words of the author, without paths', async () => {
    const outcome = await check(`import { service } from 'meshwright'
export const a = service('a', { port: 1, versions: { v1: { command: ['x'] } } })
export const b: number = a`)
    const text = JSON.stringify(outcome.kind === 'answer' && outcome.answer.messages)
    assert.match(text, /Service</)
    assert.doesNotMatch(text, /import\(|\/mesh\/|meshwright\/src/)
  })
})
