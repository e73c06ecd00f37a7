import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDelivery } from '../../src/local/create-delivery.ts'
import { up } from '../../src/local/up.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { getPage } from './ask.ts'
import { bookinfo } from './bookinfo.ts'

describe('a machine with one loopback address', { skip: withoutEnvoy }, () => {
  it('tells proxies apart by port', async t => {
    const book = await bookinfo('127.77.0.0')
    t.after(() => book.remove())
    const findings: string[] = []
    const running = await up(
      {
        path: book.dir,
        env: book.env,
        allocate: { addressing: 'ports', gatewayPorts: { 0: book.port } },
        createDelivery,
      },
      {
        progress() {},
        changed() {},
        findings: ({ diagnostics }) => findings.push(...diagnostics.map(found => found.message)),
      },
    )
    assert.ok(running !== undefined, findings.join('\n'))
    try {
      await running.ready({ timeoutMs: 60_000, outlastsRefusals: false })
      const { proxies, workloads } = running.status()
      assert.deepEqual([...new Set([...proxies, ...workloads].map(({ address }) => address))], ['127.0.0.1'])
      const seen = new Set<string>()
      for (let page = 0; page < 30; page++)
        seen.add(/data-stars="(\w+)"/.exec((await getPage(book.url)).body)?.[1] ?? '')
      assert.deepEqual([...seen].sort(), ['black', 'none', 'red'])
    } finally {
      await running.stop()
    }
  })
})
