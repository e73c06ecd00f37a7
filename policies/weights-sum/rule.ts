import { definePolicy } from 'meshwright/policy'

export default definePolicy({
  id: 'weights-sum',
  meta: {
    // Istio takes any sum: what is valid there is no error here.
    severity: 'warning',
    recommended: true,
    standsAlone: true,
    description: 'Weights of a split add up to 100.',
  },
  messages: { sum: 'the weights of a split in route "{route}" add up to {sum}, not to 100' },
  help: 'make the weights add up to 100, so that each is a percentage; if they are meant as shares, set "weights-sum" to "off" in mesh.config.ts',
  create: () => ({
    *routing(routing) {
      for (const rule of routing.rules) {
        if (rule.action.kind !== 'forward' || rule.action.isByShares || rule.action.destinations.length < 2) continue
        const sum = rule.action.destinations.reduce((total, { weight }) => total + weight, 0)
        // That all are zero is an error of its own.
        if (sum !== 100 && sum !== 0)
          yield {
            message: 'sum',
            at: rule.action.destinations[0]!.at.replace(/\/0$/, ''),
            data: { route: routing.name, sum },
          }
      }
    },
  }),
})
