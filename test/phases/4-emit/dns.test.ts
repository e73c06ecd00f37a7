/** Automatic addresses: the same whatever else is declared, and never two hosts' own. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { HostEntry } from '../../../src/model/host-entry.ts'
import type { Service } from '../../../src/model/service.ts'
import { addressesFor } from '../../../src/phases/4-emit/envoy/dns.ts'

const entry: HostEntry = {
  ...{ isExternal: true, resolution: 'DNS', addresses: [], endpoints: [], exportTo: ['*'], subjectAltNames: [] },
}
const host = (name: string, own: Partial<HostEntry> = {}): Service => ({
  ...{
    name,
    namespace: 'default',
    host: name,
    at: '#',
    ports: [],
    selector: {},
    labels: {},
    entry: { ...entry, ...own },
  },
})
const allocated = (services: readonly Service[]) => addressesFor({ dns: { allocates: true } }, { services }, {})

it('each host has an address of its own, among thousands', () => {
  const services = Array.from({ length: 5000 }, (_, index) => host(`h${index}.example`))
  const addresses = Object.values(allocated(services)).flat()
  assert.equal(new Set(addresses).size, 5000)
  assert.ok(addresses.every(address => /^240\.(24\d|25[0-5])\.\d{1,3}\.\d{1,3}$/.test(address)))
  const first = addresses.filter(address => address.startsWith('240.240.'))
  assert.ok(first.length > 4700, `${first.length} in the first block`)
})

it('a host keeps its address when others come and go, and whatever their order', () => {
  const [a, b, c] = [host('a.example'), host('b.example'), host('c.example')] as const
  const all = allocated([a, b, c])
  assert.deepEqual(all, allocated([c, b, a]))
  assert.deepEqual(allocated([b])['default/b.example'], all['default/b.example'])
})

it('has none that is called by addresses, by many names, or wherever its caller goes', () => {
  const services = [
    host('fixed.example', { addresses: ['10.0.0.1'] }),
    host('*.wild.example'),
    host('passed.example', { resolution: 'NONE' }),
  ]
  assert.deepEqual(allocated(services), {})
  assert.deepEqual(addressesFor({}, { services: [host('a.example')] }, {}), {}, 'nor where nobody asks the proxy')
})
