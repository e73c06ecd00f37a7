/** A server that speaks first is heard through its proxy: at once where its port says so, and in the end where it does not. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { it } from 'node:test'
import { withoutEnvoy } from '../../support/find-test-envoy.ts'
import { inboundScene } from '../../support/inbound-scene.ts'

/** What comes to whoever says nothing, and after how many ms. */
function heard(port: number): Promise<{ readonly text: string; readonly ms: number }> {
  const from = performance.now()
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').on('error', reject)
    socket.setTimeout(50_000, () => socket.destroy(new Error('nothing came in 50 s')))
    socket.once('data', data => {
      resolve({ text: data.toString(), ms: performance.now() - from })
      socket.destroy()
    })
  })
}

it('a server that speaks first is waited for, and not for ever', { skip: withoutEnvoy }, async () => {
  const greeting = '220 ready'
  await using scene = await inboundScene([
    { policies: [], protocol: 'tcp', greeting },
    { policies: [], protocol: 'unknown', greeting },
  ])
  const [declared, guessed] = await Promise.all([heard(scene.port(0)), heard(scene.port(1))])
  assert.deepEqual([declared.text, guessed.text], [greeting, greeting])
  assert.ok(guessed.ms > 4000, 'the inspector waits for the client')
  assert.ok(declared.ms < guessed.ms - 2000, `declared: ${declared.ms} ms, guessed: ${guessed.ms} ms`)
})
