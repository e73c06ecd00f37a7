/** An edit that is undone: an earlier revision that comes back is a push of its own, with real Envoys. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

describe('an edit and its undo', { skip: withoutEnvoy }, () => {
  let mesh: Bookinfo
  before(async () => {
    mesh = await bookinfo('127.93.0.0', 'hello')
    const up = await mesh.mesh(['up', mesh.dir, '--detach', ...mesh.flags])
    assert.equal(up.code, 0, up.stderr)
  })
  after(() => mesh.remove())

  const log = () => readFileSync(join(mesh.state.logs, 'mesh-up.log'), 'utf8')
  /** Saves, and waits for the report of the push; gives the revision and the proxies that it names. */
  const save = async (source: string) => {
    const seen = log().length
    writeFileSync(join(mesh.dir, 'mesh.ts'), source)
    const line = /^revision (\S+) accepted in .* by the proxies that it concerns: (.*)$/m
    const [, revision, proxies] = await eventually('the push is reported', () => line.exec(log().slice(seen)) ?? false)
    return { revision: revision!, proxies: proxies!.split(', ').sort() }
  }
  const proxies = async () => Object.fromEntries((await mesh.status()).proxies.map(proxy => [proxy.name, proxy]))

  it('name the same proxies, each time with new times', async () => {
    const good = readFileSync(join(mesh.dir, 'mesh.ts'), 'utf8')
    const first = (await mesh.status()).instance
    const slower = good
      .replace('{ expose,', '{ expose, otherwise, route,')
      .concat("export const slow = route(greeter, [otherwise.to(greeter).timeout('7s')])\n")
    const edit = await save(slower)
    assert.notEqual(edit.revision, first.revision?.slice(0, 8))
    const between = await proxies()
    const undo = await save(good)
    assert.equal(undo.revision, first.revision?.slice(0, 8))
    assert.deepEqual(undo.proxies, edit.proxies)
    assert.ok(undo.proxies.includes('web-v1') && !undo.proxies.includes('ingressgateway'), undo.proxies.join())
    const { instance } = await mesh.status()
    assert.deepEqual([instance.revision, instance.push], [first.revision, 3])
    for (const [name, { push, revision, ageMs }] of Object.entries(await proxies())) {
      assert.equal(revision, first.revision, name)
      assert.equal(push, undo.proxies.includes(name) ? 3 : 1, name)
      // Since its last acceptance: that of a proxy which the undo does not concern goes on.
      if (!undo.proxies.includes(name)) assert.ok(ageMs > between[name]!.ageMs, name)
    }
  })
})
