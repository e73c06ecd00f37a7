import {
  definePolicy,
  type Gateway,
  installedGateways,
  type Labels,
  labelKey,
  labelText,
  type Mesh,
  selects,
  slippedWord,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unserved-gateway',
  meta: { severity: 'warning', recommended: true, description: 'Gateways select proxies that there are.' },
  messages: {
    none: 'gateway "{gateway}" selects no proxies: no pod of a cluster serves it',
    slip: 'gateway "{gateway}" selects proxies by {label}, which none has: no pod of a cluster serves it',
    beside:
      'gateway "{gateway}" selects proxies by {labels}, which none of the gateways’ workloads has: no pod of a cluster serves it',
  },
  help: 'correct the selector, which labels of pods must fit',
  create: ({ mesh }) => {
    const proxies = proxiesOf(mesh)
    return {
      *gateway(gateway) {
        const { selector, name, at, apiGateway } = gateway
        const labels = Object.entries(selector)
        if (apiGateway !== undefined) return
        const place = `${at}/spec/selector`
        if (labels.length === 0)
          yield {
            message: 'none',
            at: place,
            data: { gateway: name },
            help: 'write selector: { istio: ingressgateway }',
          }
        if (labels.length === 0 || proxies.isServed(gateway)) return
        const slip = slipIn(selector, proxies)
        if (slip !== undefined) {
          const label = `${slip.key}=${selector[slip.key]}`
          const data = { gateway: name, label }
          yield {
            message: 'slip',
            at: `${place}/${slip.key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
            data,
            help: `did you mean "${slip.meant}"?`,
          }
        } else if (proxies.areKnown) {
          yield { message: 'beside', at: place, data: { gateway: name, labels: labelText(selector) } }
        }
      },
    }
  },
})

interface Proxies {
  readonly isServed: (gateway: Gateway) => boolean
  /** Are there workloads that gateways select? Then the mesh has its gateways' pods, and does not leave them to an installation. */
  readonly areKnown: boolean
  readonly valuesOf: ReadonlyMap<string, ReadonlySet<string>>
  readonly keysOf: ReadonlyMap<string, ReadonlySet<string>>
}

/** Gateways select proxies of all namespaces (Istio's rule). */
function proxiesOf({ gateways, workloads, machines }: Mesh): Proxies {
  // Most gateways of a mesh are on the same proxies.
  const distinct = new Map(gateways.map(({ selector }) => [labelKey(selector), selector]))
  const selectors = [...distinct.values()].filter(selector => Object.keys(selector).length > 0)
  const all = selectors.length === 0 ? [] : [...workloads, ...machines].map(({ labels }) => labels)
  const isProxy = (labels: Labels) =>
    labels['istio']?.includes('gateway') === true || selectors.some(each => selects(each, labels))
  const own = all.filter(isProxy)
  const pairs = [...all, ...installedGateways].flatMap(labels => Object.entries(labels))
  return {
    isServed: ({ selector }) => [...own, ...installedGateways].some(labels => selects(selector, labels)),
    areKnown: own.length > 0,
    valuesOf: grouped(pairs),
    keysOf: grouped(pairs.map(([key, value]) => [value, key])),
  }
}

function grouped(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, ReadonlySet<string>> {
  const groups = new Map<string, Set<string>>()
  for (const [name, member] of pairs) groups.set(name, (groups.get(name) ?? new Set()).add(member))
  return groups
}

/** The first label that somebody has but for a slip in its value or its key. */
function slipIn(selector: Labels, { valuesOf, keysOf }: Proxies) {
  for (const [key, value] of Object.entries(selector)) {
    const values = valuesOf.get(key) ?? new Set()
    if (values.has(value)) continue
    const near = slippedWord(value, values)
    if (near !== undefined) return { key, meant: `${key}: ${near}` }
    const meant = slippedWord(key, keysOf.get(value) ?? [])
    if (meant !== undefined) return { key, meant: `${meant}: ${value}` }
  }
  return undefined
}
