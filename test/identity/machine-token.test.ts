import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  invite,
  isInvitation,
  join,
  type Machine,
  machineOf,
  readMachines,
  renew,
  see,
} from '../../src/cluster/machines.ts'
import { isSecretOf, newToken, newTokenId, parseToken } from '../../src/identity/machine-token.ts'

const bound = { namespace: 'shop', serviceAccount: 'billing', accountUid: 'uid-1', ttlMs: 60_000 }
const accounts = new Map([['shop/billing', 'uid-1']])
const asked = { name: 'vm-1', ip: '10.0.0.7', remote: '10.0.0.7', accountUid: (key: string) => accounts.get(key) }

/** As entries lie in the Secret and come back from it. */
function kept(entries: ReadonlyMap<string, Machine>) {
  const data = [...entries].map(([id, machine]) => [id, Buffer.from(JSON.stringify(machine)).toString('base64')])
  return readMachines({ data: Object.fromEntries(data) })
}

describe('a machine’s token', () => {
  it('is of its kind and of nothing else', () => {
    const id = newTokenId()
    const { token, hash } = newToken('join', id)
    const { secret } = parseToken('join', token)!
    assert.ok(isSecretOf(hash, secret))
    assert.ok(!isSecretOf(hash, `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`))
    for (const not of [
      parseToken('machine', token),
      parseToken('join', `${token}A`),
      parseToken('join', token.slice(0, -1)),
      parseToken('join', `Bearer ${token}`),
      parseToken('join', ''),
    ])
      assert.equal(not, undefined)
    for (const broken of ['', 'zz', hash.slice(2)]) assert.ok(!isSecretOf(broken, secret))
  })

  it('lets one machine in, once, and is kept nowhere', () => {
    const entries = new Map<string, Machine>()
    const { id, token } = invite(entries, bound)
    const { token: shown, machine } = join(entries, { ...asked, token })
    assert.equal(machine.name, 'vm-1')
    const machines = kept(entries)
    assert.equal(machineOf(machines, shown)?.id, id)
    assert.equal(machines.byNode.get('shop/machine_vm-1')?.id, id)
    const text = JSON.stringify([...machines.byId])
    for (const secret of [token, shown]) assert.ok(!text.includes(secret.split('.')[1]!))
    assert.throws(() => join(entries, { ...asked, name: 'vm-2', token }), /was used already/)
    assert.equal(machineOf(machines, token), undefined, 'and is not what a machine shows')
  })

  it('answers the same name again until the answer was heard: then what an earlier one said is good no more', () => {
    const entries = new Map<string, Machine>()
    const { id, token } = invite(entries, bound)
    const lost = join(entries, { ...asked, token }).token
    assert.throws(() => join(entries, { ...asked, name: 'vm-2', token }), /was used already/)
    assert.throws(() => join(entries, { ...asked, token: newToken('join', id).token }), /is not known/)
    assert.ok(isInvitation(kept(entries), token))
    const heard = join(entries, { ...asked, ip: '10.0.0.8', token }).token
    assert.deepEqual(
      [lost, heard].map(text => machineOf(kept(entries), text)?.machine.ip),
      [undefined, '10.0.0.8'],
    )
    assert.throws(() => see(entries, lost), /not known any more/)
    see(entries, heard)
    assert.ok(!isInvitation(kept(entries), token))
    assert.throws(() => join(entries, { ...asked, token }), /was used already/)
    assert.equal(machineOf(kept(entries), heard)?.id, id)
  })

  it('is over once it was used, in an entry that says nothing of who was seen', () => {
    const entries = new Map<string, Machine>()
    const { id, token } = invite(entries, bound)
    const { machine } = join(entries, { ...asked, token })
    const { isSeen: _, ...invitation } = machine.invitation
    entries.set(id, { ...machine, invitation })
    assert.throws(() => join(new Map(kept(entries).byId), { ...asked, token }), /was used already/)
  })

  it('is late also for who asks again', () => {
    const entries = new Map<string, Machine>()
    const { id, token } = invite(entries, bound)
    const { machine } = join(entries, { ...asked, token })
    entries.set(id, { ...machine, invitation: { ...machine.invitation, expiresAt: Date.now() - 1 } })
    assert.throws(() => join(entries, { ...asked, token }), /has expired/)
  })

  it('lets nobody in where it is wrong, late, for another address, for an account that is gone, or under a name that is taken', () => {
    const entries = new Map<string, Machine>()
    const { id, token } = invite(entries, bound)
    const wrong = `${token.slice(0, -3)}AAA`
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ token: wrong }, /^MachineRefused: the token is not known$/],
      [{ token: newToken('join', newTokenId()).token }, /^MachineRefused: the token is not known$/],
      [{ token: newToken('join', id).token }, /^MachineRefused: the token is not known$/],
      [{ accountUid: () => 'uid-2' }, /service account shop\/billing is gone, or another one/],
      [{ accountUid: () => undefined }, /is gone/],
      [{ name: 'vm.1' }, /DNS label/],
      [{ name: '' }, /DNS label/],
      [{ ip: 'nowhere' }, /the address is none/],
    ]
    for (const [change, message] of cases) assert.throws(() => join(entries, { ...asked, token, ...change }), message)
    const late = invite(entries, { ...bound, ttlMs: -1 })
    assert.throws(() => join(entries, { ...asked, token: late.token }), /has expired/)
    const elsewhere = invite(entries, { ...bound, address: '10.0.0.8' })
    assert.throws(() => join(entries, { ...asked, token: elsewhere.token }), /is for 10\.0\.0\.8/)
    join(entries, { ...asked, token })
    const second = invite(entries, bound)
    assert.throws(() => join(entries, { ...asked, token: second.token }), /there is a machine vm-1 in shop already/)
  })

  it('is replaced by another one, beside which it is good until it expires', () => {
    const entries = new Map<string, Machine>()
    const { id, token } = invite(entries, bound)
    const first = join(entries, { ...asked, token }).token
    const second = renew(entries, id).token
    const third = renew(entries, id).token
    const good = [first, second, third].map(text => machineOf(kept(entries), text)?.id)
    assert.deepEqual(good, [undefined, id, id])
    const week = Date.now() + 8 * 86_400_000
    assert.equal(machineOf(kept(entries), third, week), undefined)
    assert.throws(() => renew(new Map(), id), /not known any more/)
  })

  it('is nobody’s where its entry can’t be read', () => {
    const texts = ['', 'no JSON', '[]', '{}', '{"namespace":"shop","invitation":{},"credentials":[]}']
    const data = Object.fromEntries(texts.map((text, index) => [String(index), Buffer.from(text).toString('base64')]))
    assert.equal(readMachines({ data }).byId.size, 0)
    assert.equal(readMachines(undefined).byId.size, 0)
  })
})
