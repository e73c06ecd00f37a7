import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Snapshot, typeUrl } from '../../src/xds/snapshot.ts'
import { chain } from '../support/snapshots.ts'
import type { XdsClient } from '../support/xds-client.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

const { cluster, endpoint, listener, route } = typeUrl
const otherId = nodeId.replace('web-1', 'web-2')

/** Subscribes as a sidecar does, and accepts whatever comes for as long as `isWilling`. */
function follow(client: XdsClient, id: string, isWilling = () => true): void {
  const wanted: { readonly [url: string]: readonly string[] } = {
    [cluster]: [],
    [endpoint]: ['a'],
    [listener]: [],
    [route]: ['r'],
  }
  client.onResponse = response => {
    if (isWilling()) client.ack(response, wanted[response.typeUrl])
    else client.queue.push(response)
  }
  for (const [url, names] of Object.entries(wanted))
    client.send({ typeUrl: url, names, ...(url === cluster ? { nodeId: id } : {}) })
}

for (const protocol of ['sotw', 'delta'] as const)
  describe(`pushes over ${protocol}`, () => {
    /** Two proxies; of a revision, what the first gets and what the second does. */
    const start = async (first: { [id: string]: Snapshot }) => {
      let served = first
      const server = await TestServer.start(first[nodeId]!, { assign: ({ id }) => ({ snapshot: served[id]! }) })
      const push = (next: { [id: string]: Snapshot }) => {
        served = next
        server.server.push()
      }
      const settle = async ({ push: number }: Snapshot) => {
        await eventually(`push ${number} accepted by both`, () => {
          return server.of('synced').filter(event => event.push === number).length === 2
        })
      }
      const outcomes = (revision: string) =>
        Object.fromEntries((server.server.revision(revision)?.proxies ?? []).map(({ id, outcome }) => [id, outcome]))
      return { server, push, settle, outcomes, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
    }
    /** One push: both proxies get content that differs in a port. */
    const pushOf = (revision: string, port: number, otherPort: number) => {
      const own = chain(revision, ['a'], () => port)
      return { [nodeId]: own, [otherId]: { ...chain(revision, ['a'], () => otherPort), push: own.push } }
    }

    it('that go back to an earlier revision concern what they change, and not what that revision once did', async () => {
      const first = pushOf('A', 1, 1)
      await using it = await start(first)
      for (const id of [nodeId, otherId]) follow(it.server.client(protocol), id)
      await it.settle(first[nodeId]!)
      assert.deepEqual(it.outcomes('A'), { [nodeId]: 'accepted', [otherId]: 'accepted' })
      const { since } = it.server.server.revision('A')!
      const edit = pushOf('B', 2, 1)
      it.push(edit)
      await it.settle(edit[nodeId]!)
      assert.deepEqual(it.outcomes('B'), { [nodeId]: 'accepted', [otherId]: 'unconcerned' })
      await new Promise(resolve => setTimeout(resolve, 5))
      const undo = pushOf('A', 1, 1)
      it.push(undo)
      await it.settle(undo[nodeId]!)
      assert.deepEqual(it.outcomes('A'), { [nodeId]: 'accepted', [otherId]: 'unconcerned' })
      assert.equal(it.server.server.revision('A')!.push, undo[nodeId]!.push)
      assert.ok(it.server.server.revision('A')!.since > since)
    })

    it('that overtake another concern whom that one concerned and who had not accepted it yet', async () => {
      const first = pushOf('A', 1, 1)
      let isWilling = true
      await using it = await start(first)
      const client = it.server.client(protocol)
      follow(client, nodeId, () => isWilling)
      follow(it.server.client(protocol), otherId)
      await it.settle(first[nodeId]!)
      isWilling = false
      it.push(pushOf('B', 2, 1))
      const waiting = await client.next()
      const third = pushOf('C', 2, 3)
      it.push(third)
      await eventually('the other has it', () => it.outcomes('C')[otherId] === 'accepted')
      isWilling = true
      client.ack(waiting, ['a'])
      await it.settle(third[nodeId]!)
      assert.deepEqual(it.outcomes('C'), { [nodeId]: 'accepted', [otherId]: 'accepted' })
    })
  })
