/** Every bad input, saved into a mesh that is up: it is reported with its place, and traffic goes on as before. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { badInputs } from '../cli/bad-inputs.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { getPage } from './ask.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

describe('a bad edit while the mesh is up', { skip: withoutEnvoy }, () => {
  let mesh: Bookinfo
  let good: string
  let revision: string | null
  before(async () => {
    mesh = await bookinfo('127.87.0.0', 'hello')
    good = readFileSync(join(mesh.dir, 'mesh.ts'), 'utf8')
    const up = await mesh.mesh(['up', mesh.dir, '--detach', ...mesh.flags])
    assert.equal(up.code, 0, up.stderr)
    revision = (await mesh.status()).instance.revision
  })
  after(() => mesh.remove())

  const log = () => readFileSync(join(mesh.state.logs, 'mesh-up.log'), 'utf8')

  for (const { name, files, code, place } of badInputs)
    it(name, async () => {
      const seen = log().length
      const wrong = files()
      if (Object.keys(wrong).length === 0) rmSync(join(mesh.dir, 'mesh.ts'))
      // What mesh.ts imports is whole when it is saved: half of a module that is too large may be read as one that is not.
      const { 'mesh.ts': last, ...others } = wrong
      const saved = { ...others, ...(last === undefined ? {} : { 'mesh.ts': last }) }
      for (const [file, content] of Object.entries(saved)) writeFileSync(join(mesh.dir, file), content)
      const isReported = (text: string) => text.includes(`[${code}]`) && text.includes(place ?? mesh.dir)
      const answers = new Set<number>()
      await eventually(`${code} is reported`, async () => {
        answers.add((await getPage(mesh.url)).status)
        return isReported(log().slice(seen))
      })
      answers.add((await getPage(mesh.url)).status)
      assert.deepEqual([...answers], [200])
      const { instance } = await mesh.status()
      assert.equal(instance.revision, revision)
      assert.notEqual(instance.refused, null)
      assert.doesNotMatch(log().slice(seen), /^ +at .*:\d+:\d+\)?$/m)
      for (const file of Object.keys(wrong)) rmSync(join(mesh.dir, file))
      writeFileSync(join(mesh.dir, 'mesh.ts'), good)
    })

  it('is said by mesh status until the files are right again', async () => {
    writeFileSync(join(mesh.dir, 'mesh.ts'), `${good}\nexport const wrong: number = 'text'\n`)
    await eventually('it is refused', async () => (await mesh.status()).instance.refused)
    const { stdout } = await mesh.mesh(['status', mesh.dir])
    assert.match(stdout, /its files have had 1 error for .*, and are not served: mesh\.ts:\d+:14: \[MW1011\] /)
    const seen = log().length
    writeFileSync(join(mesh.dir, 'mesh.ts'), good)
    await eventually('it is served', async () => (await mesh.status()).instance.refused === null)
    assert.match(log().slice(seen), /the files are right again/)
  })
})
