import { definePolicy, type Machine, type Service, selects } from 'meshwright/policy'

export default definePolicy({
  id: 'machine-by-name',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Machines behind services whose endpoints are not looked up have IP addresses.',
  },
  messages: {
    name: 'machine "{machine}" has the name {address} and no IP address: "{host}", whose endpoints are not looked up, never reaches it',
  },
  help: 'write its IP address, or select it by a ServiceEntry of resolution DNS',
  create: () => ({
    *mesh({ machines, services }) {
      const named = machines.filter(isNamed)
      if (named.length === 0) return
      for (const machine of named) {
        const { name, address, at } = machine
        for (const service of services.filter(each => picks(each, machine))) {
          const related = [{ at: service.at, message: 'this one selects it' }]
          const data = { machine: name, address, host: service.host }
          yield { message: 'name', at: `${at}/spec/address`, data, related }
        }
      }
    },
  }),
})

const schemes = /^unix:\/\//
/** Addresses have a colon, or nothing but digits and dots. */
const ipForm = /:|^[\d.]+$/

function isNamed({ address }: Machine): boolean {
  return address !== '' && !schemes.test(address) && !ipForm.test(address)
}

function picks({ namespace, selector, entry }: Service, machine: Machine): boolean {
  const isLookedUp = entry !== undefined && entry.resolution !== 'STATIC'
  const isEmpty = Object.keys(selector).length === 0
  return !isLookedUp && !isEmpty && namespace === machine.namespace && selects(selector, machine.labels)
}
