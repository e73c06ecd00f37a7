import type { RuleCase } from './rules.test.ts'

const service = { group: '', kind: 'Service', name: 'web', port: 80 }
const gateway = { name: 'front' }
const rules = [{ backendRefs: [{ name: 'web', port: 80 }] }]
const hostnames = ['shop.example']

/** Of both kinds of routes for requests. */
export const attachedRoute: readonly RuleCase[] = [
  [{ parentRefs: [service], rules }],
  [{ parentRefs: [gateway], hostnames, rules }],
  [{ parentRefs: [service, gateway], hostnames, rules }],
  [{ parentRefs: [service], useDefaultGateways: 'All', hostnames, rules }],
  [{ hostnames, rules }],
  [{ parentRefs: [service, { ...service, port: 81 }], hostnames, rules }, 'no-effect /spec/hostnames'],
]
