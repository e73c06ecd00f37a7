import { definePolicy } from 'meshwright/policy'

export default definePolicy({
  id: 'unreached-delegate',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Each rule of a delegate is for some of the requests that are left to it.',
  },
  messages: {
    apart: 'no request is for this rule and for one that leaves requests to it: "{route}" leaves others',
    beyond:
      'no request is for this match and for a rule that leaves requests to it, so the whole rule is dropped: "{route}" leaves others',
  },
  help: 'a delegate’s matches say no less than those of the rule that leaves requests to it: correct one of them, or delete it',
  create: () => ({
    *mesh({ routings }) {
      const rules = routings.flatMap(({ name, rules: own }) => own.map(rule => ({ route: name, ...rule })))
      // One that several roots share is of use where any of them leaves it something.
      const reached = new Set(rules.flatMap(({ at, delegate }) => (delegate === undefined ? at : [])))
      const told = new Set<string>()
      for (const { route, at, delegate } of rules) {
        if (delegate?.problem !== 'apart' || reached.has(at) || told.has(at)) continue
        told.add(at)
        yield { message: delegate.at === at ? 'apart' : 'beyond', at: delegate.at, data: { route } }
      }
    },
  }),
})
