/** What authorization policies do to requests, by a real Envoy: a workload a row, and what its callers get. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askRaw } from '../../support/ask-raw.ts'
import { withoutEnvoy } from '../../support/find-test-envoy.ts'
import { type InboundScene, inboundScene, workloadPort } from '../../support/inbound-scene.ts'
import { accessRows } from './access-rows.ts'

/** Policies that name the workload's own port get it by its row. */
const rows = accessRows(workloadPort)

describe('authorization policies', { skip: withoutEnvoy }, () => {
  let scene: InboundScene
  before(async () => {
    scene = await inboundScene(rows)
  })
  after(() => scene[Symbol.asyncDispose]())

  for (const [index, { what, asks }] of rows.entries()) {
    describe(what, () => {
      for (const [request, expected] of asks) {
        const { method = 'GET', path = '/', headers } = request
        it(`${expected}: ${method} ${path}${headers === undefined ? '' : ` ${JSON.stringify(headers)}`}`, async () => {
          const answer = await askRaw(scene.port(index), request)
          assert.equal(answer?.status ?? 'closed', expected, answer?.body)
        })
      }
    })
  }
})
