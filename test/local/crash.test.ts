/** A program that crashes at its start: whoever looks sees why, without opening its log. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { askStatus } from '../../src/local/control.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

describe('a program that crashes at its start', { skip: withoutEnvoy }, () => {
  let mesh: Bookinfo
  before(async () => {
    mesh = await bookinfo('127.91.0.0', 'hello')
    mesh.edit(source => source.replace('app/greeter.ts', 'app/gone.ts'))
  })
  after(() => mesh.remove())

  const words = /"Error: Cannot find module '\S+\/app\/gone\.ts'"/

  it('is quoted where `mesh up --detach` gives up', async () => {
    const up = await mesh.mesh(['up', mesh.dir, '--detach', '--wait', '8', ...mesh.flags])
    assert.equal(up.code, 2)
    const [, reason = ''] = /MW8011\]: .* within 8 s: (.*)/.exec(up.stderr) ?? []
    // It may just have been started once more.
    assert.match(reason, /greeter-v1 is (?:waiting|starting) \((?:[^"]*: )?"/, up.stderr)
    assert.match(reason, words)
  })

  it('is quoted by `mesh up` and in the table of `mesh status`, until it runs', async () => {
    const up = mesh.start(['up', mesh.dir, ...mesh.flags])
    const ended = once(up, 'exit')
    let stderr = ''
    up.stderr?.on('data', chunk => {
      stderr += chunk
    })
    const table = async () => (await mesh.mesh(['status', mesh.dir])).stdout
    // Asked in this process until it is so: the command takes half a second each time.
    const greeterIs = (wanted: string) =>
      eventually(`it is ${wanted}`, async () => {
        const workloads = (await askStatus(mesh.state))?.workloads ?? []
        return workloads.some(({ name, state }) => name === 'greeter-v1' && state === wanted)
      })
    await greeterIs('waiting')
    await eventually('the table has it', async () => /^greeter-v1 .*crashed: exit code 1/m.test(await table()))
    const line = (await table()).split('\n').find(text => text.startsWith('greeter-v1 ')) ?? ''
    assert.match(line, words)
    await eventually('it was printed', () => /^greeter-v1: waiting: exit code 1: "/m.test(stderr) && words.test(stderr))
    mesh.edit(source => source.replace('app/gone.ts', 'app/greeter.ts'))
    await greeterIs('running')
    const running = await table()
    assert.match(running, /^greeter-v1 +\S+ +running /m)
    assert.doesNotMatch(running, /LAST WORDS/)
    up.kill('SIGTERM')
    await ended
  })
})
