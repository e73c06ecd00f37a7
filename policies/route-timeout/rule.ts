import { definePolicy, nameAt } from 'meshwright/policy'

export default definePolicy({
  id: 'route-timeout',
  meta: { severity: 'warning', standsAlone: true, description: 'Every rule that forwards requests has a timeout.' },
  messages: {
    none: 'a rule of route "{route}" has no timeout: a target that hangs keeps its callers waiting for ever',
  },
  help: "add a timeout: .timeout('2s'), or timeout: 2s",
  create: () => ({
    *routing(routing) {
      for (const rule of routing.rules) {
        if (rule.action.kind === 'forward' && rule.timeoutMs === undefined)
          yield { message: 'none', at: rule.at, data: { route: nameAt(rule.at) } }
      }
    },
  }),
})
