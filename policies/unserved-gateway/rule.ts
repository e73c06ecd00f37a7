import { definePolicy, type Gateway, type Labels, type Mesh, selects, slippedWord } from 'meshwright/policy'

/** Of the gateways that an installation brings, ours or Istio's. */
const installed: readonly Labels[] = [
  { app: 'mesh-ingressgateway', istio: 'ingressgateway' },
  { app: 'istio-ingressgateway', istio: 'ingressgateway' },
  { app: 'istio-egressgateway', istio: 'egressgateway' },
  { app: 'istio-eastwestgateway', istio: 'eastwestgateway' },
]

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
        const slip = slipIn(selector, proxies.labels)
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
          const text = labels.map(([key, value]) => `${key}=${value}`).join(', ')
          yield { message: 'beside', at: place, data: { gateway: name, labels: text } }
        }
      },
    }
  },
})

interface Proxies {
  readonly isServed: (gateway: Gateway) => boolean
  /** Those of which some gateways' proxies are known to be. */
  readonly labels: readonly Labels[]
  /** Are there workloads that gateways select? Then the mesh has its gateways' pods, and does not leave them to an installation. */
  readonly areKnown: boolean
}

/** Gateways select proxies of all namespaces (Istio's rule). */
function proxiesOf({ gateways, workloads, machines }: Mesh): Proxies {
  const selectors = gateways.flatMap(({ selector }) => (Object.keys(selector).length === 0 ? [] : [selector]))
  const all = selectors.length === 0 ? [] : [...workloads, ...machines].map(({ labels }) => labels)
  const isBySome = (labels: Labels) =>
    labels['istio']?.includes('gateway') === true || selectors.some(each => selects(each, labels))
  const own = all.filter(isBySome)
  const known = [...own, ...installed]
  return {
    isServed: ({ selector }) => known.some(labels => selects(selector, labels)),
    labels: known,
    areKnown: own.length > 0,
  }
}

/** The first label that would be one of a proxy's but for a slip in its key or its value. */
function slipIn(selector: Labels, proxies: readonly Labels[]) {
  for (const [key, value] of Object.entries(selector)) {
    const values = proxies.flatMap(labels => labels[key] ?? [])
    if (values.includes(value)) continue
    const near = slippedWord(value, values)
    if (near !== undefined) return { key, meant: `${key}: ${near}` }
    const keys = proxies.flatMap(labels => Object.keys(labels).filter(other => labels[other] === value))
    const meant = slippedWord(key, keys)
    if (meant !== undefined) return { key, meant: `${meant}: ${value}` }
  }
  return undefined
}
