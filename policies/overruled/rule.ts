import { definePolicy, type Labels, labelIndex, type Mesh, selects } from 'meshwright/policy'

export default definePolicy({
  id: 'overruled',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Where only one can hold, there is one.',
  },
  messages: {
    wide: '{kind} "{name}" does not hold: "{other}" is for {place}, too, and goes before it',
    picked: '{kind} "{name}" does not hold for workload "{workload}": "{other}" picks it, too, and goes before it',
    policy:
      'the trafficPolicy of destination rule "{name}" does not hold: rule "{other}" has one for the same host, and goes before it',
    subset:
      'subset "{subset}" of destination rule "{name}" does not hold: rule "{other}" defines it for the same host, and goes before it',
    callers:
      'destination rule "{name}" holds for nobody: rule "{other}" is for all of its callers and the same host, and goes before it',
  },
  help: 'put them into one: the one that was made first goes before, and of those that were made at once the first by name',
  create: () => ({
    *mesh(mesh) {
      const workloads = labelIndex([...mesh.workloads, ...mesh.machines])
      yield* wide('PeerAuthentication', mesh.peerPolicies, mesh)
      yield* picking('PeerAuthentication', mesh.peerPolicies, workloads)
      yield* wide('Sidecar', mesh.scopes, mesh)
      yield* picking('Sidecar', mesh.scopes, workloads)
      // What several of these say of a workload holds together.
      yield* wide('ProxyConfig', mesh.proxySetups ?? [], mesh)
      yield* callers(mesh)
    },
    *destination({ unheard = [] }) {
      for (const { rule, subset, at, by } of unheard) {
        const data = { name: rule, other: by.name }
        const related = [{ at: by.at, message: 'this one holds' }]
        if (subset === undefined) yield { message: 'policy', at, data, related }
        else yield { message: 'subset', at, data: { ...data, subset }, related }
      }
    },
  }),
})

type Chosen = Mesh['peerPolicies'][number] | Mesh['scopes'][number] | NonNullable<Mesh['proxySetups']>[number]

/** Those for a whole namespace, or for the mesh. */
function* wide(kind: string, nodes: readonly Chosen[], { rootNamespaces }: Mesh) {
  const byNamespace = Map.groupBy(
    nodes.filter(({ selector }) => selector === undefined),
    ({ namespace }) => namespace,
  )
  for (const [namespace, [first, ...others]] of byNamespace) {
    const place = rootNamespaces.includes(namespace) ? 'the whole mesh' : `namespace "${namespace}"`
    for (const { name, at } of others)
      yield { message: 'wide', at, data: { kind, name, other: first!.name, place }, related: holds(first!) }
  }
}

/** Those for some workloads, each told once. */
function* picking(
  kind: keyof typeof selectors,
  nodes: readonly Chosen[],
  workloads: ReturnType<typeof labelIndex<Run>>,
) {
  const taken = new Map<Run, Chosen>()
  for (const node of nodes) {
    const { namespace, selector, name, at } = node
    if (selector === undefined) continue
    const picked = workloads(namespace, selector)
    const lost = picked.find(each => taken.has(each))
    if (lost !== undefined) {
      const first = taken.get(lost)!
      const data = { kind, name, workload: lost.name, other: first.name }
      yield { message: 'picked', at: `${at}/spec/${selectors[kind]}`, data, related: holds(first) }
    }
    for (const each of picked) if (!taken.has(each)) taken.set(each, node)
  }
}

/** The field that picks. */
const selectors = { PeerAuthentication: 'selector', Sidecar: 'workloadSelector' }

interface Run {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
}

/** Of rules that pick their callers, one whose callers an earlier one picks, all of them. */
function* callers({ destinations }: Mesh) {
  const rules = destinations.filter(({ selector }) => selector !== undefined)
  const byHost = Map.groupBy(rules, ({ namespace, host }) => `${namespace}/${host}`)
  for (const group of byHost.values())
    for (const [index, { name, selector = {}, at }] of group.entries()) {
      const first = group.slice(0, index).find(each => selects(each.selector ?? {}, selector))
      if (first !== undefined)
        yield { message: 'callers', at, data: { name, other: first.name }, related: holds(first) }
    }
}

function holds({ at }: { readonly at: string }) {
  return [{ at, message: 'this one holds' }]
}
