import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Handed, Handover, pushOf, type Step } from '../../src/agent/handover.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { mtlsChanges } from '../../src/model/mtls-change.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allocate } from '../../src/phases/4-emit/envoy/index.ts'
import { placed } from '../kinds/accepted.ts'
import { webDeployment, webLabels } from '../support/web-deployment.ts'

type Mode = 'STRICT' | 'PERMISSIVE' | 'DISABLE'

/** A mesh of one workload with a policy for it; without a mode, none. */
function meshOf(mode?: Mode, port?: Mode) {
  const policy: Resource = {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: webLabels },
      mtls: { mode: mode ?? 'UNSET' },
      ...(port === undefined ? {} : { portLevelMtls: { 8080: { mode: port } } }),
    },
  }
  return resolve([webDeployment, ...(mode === undefined && port === undefined ? [] : [policy])].map(placed)).value.mesh
}

describe('what is handed over to callers', () => {
  for (const [before, after, isChange] of [
    [meshOf(), meshOf('PERMISSIVE'), false],
    [meshOf(), meshOf('STRICT'), false],
    [meshOf(), meshOf('DISABLE'), true],
    [meshOf('DISABLE'), meshOf('STRICT'), true],
    [meshOf('DISABLE'), meshOf(), true],
    [meshOf('STRICT'), meshOf('STRICT', 'DISABLE'), true],
    [meshOf('DISABLE', 'STRICT'), meshOf('DISABLE', 'PERMISSIVE'), false],
    [meshOf('DISABLE', 'STRICT'), meshOf('DISABLE'), true],
  ] as const) {
    const told = [before, after].map(
      ({ peerPolicies }) =>
        peerPolicies.map(({ mode, ports }) => [mode, ...ports.map(port => port.mode)].join(' on a port ')).join() ||
        'nothing',
    )
    it(`is ${isChange ? '' : 'not '}the change from ${told.join(' to ')}`, () => {
      assert.deepEqual(mtlsChanges(before, after), isChange ? ['default/web'] : [])
    })
  }
})

describe('a handover', () => {
  const handed = (push: number, mode?: Mode): Handed => {
    const mesh = meshOf(mode)
    return { revision: `${mode}`, push, mesh, placement: allocate(mesh, { hasIdentity: true }) }
  }
  const told = ({ revision, number, placement, isLast }: Step) =>
    `${pushOf(number)} ${revision}${placement.takesBoth === undefined ? '' : ' both'}${isLast ? '' : ' …'}`

  /** Hands out pushes; everybody accepts what `accepts` says. */
  function scene(accepts: (step: Step) => boolean, deadlineMs?: number) {
    const steps: string[] = []
    const handover: Handover = new Handover({
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      quietMs: 20,
      isAccepted: number => number === handover.current?.number && accepts(handover.current),
      onStep: () => {
        steps.push(told(handover.current!))
        setImmediate(() => handover.changed())
      },
    })
    return { handover, steps }
  }
  const isDone = async (handover: Handover) => {
    for (let tries = 0; handover.current?.isLast !== true && tries < 500; tries += 1) await sleep(10)
  }

  it('is one step where callers have nothing to change', () => {
    const { handover, steps } = scene(() => true)
    handover.begin(handed(1))
    handover.begin(handed(2, 'STRICT'))
    assert.deepEqual(steps, ['1 undefined', '2 STRICT'])
  })

  it('lets workloads take both before callers are told, and until they are', async () => {
    const { handover, steps } = scene(() => true)
    handover.begin(handed(1, 'STRICT'))
    handover.begin(handed(2, 'DISABLE'))
    await isDone(handover)
    assert.deepEqual(steps, ['1 STRICT', '2 STRICT both …', '2 DISABLE both …', '2 DISABLE'])
  })

  it('goes on from where callers are when it is overtaken, and leaves nobody out who takes both', async () => {
    const { handover, steps } = scene(({ number }) => pushOf(number) === 3)
    handover.begin(handed(1, 'STRICT'))
    handover.begin(handed(2, 'DISABLE'))
    handover.begin(handed(3, 'STRICT'))
    await isDone(handover)
    assert.deepEqual(steps, ['1 STRICT', '2 STRICT both …', '3 STRICT both …', '3 STRICT both …', '3 STRICT'])
  })

  it('waits for nobody for ever', async () => {
    const { handover, steps } = scene(() => false, 50)
    handover.begin(handed(1, 'STRICT'))
    handover.begin(handed(2, 'DISABLE'))
    await isDone(handover)
    assert.equal(steps.at(-1), '2 DISABLE')
  })

  it('ends with its owner', async () => {
    const { handover, steps } = scene(() => true)
    handover.begin(handed(1, 'STRICT'))
    handover.begin(handed(2, 'DISABLE'))
    handover.stop()
    await sleep(300)
    assert.deepEqual(steps, ['1 STRICT', '2 STRICT both …'])
  })
})
