import { definePolicy, type Labels, selects } from 'meshwright/policy'

export default definePolicy({
  id: 'empty-subset',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Each subset of a service picks something that runs.',
  },
  messages: { empty: 'subset "{subset}" of "{host}" picks none of its workloads: {labels}' },
  help: 'correct the subset’s labels, which those of the pods must have',
  create: ({ mesh }) => {
    const services = new Map(mesh.services.map(service => [service.host, service]))
    // By one of their labels: with thousands of rules, each must not look at all workloads.
    const byLabel = new Map<string, { readonly labels: Labels }[]>()
    for (const workload of [...mesh.workloads, ...mesh.machines])
      for (const [label, value] of Object.entries(workload.labels)) {
        const key = keyOf(workload.namespace, label, value)
        const known = byLabel.get(key)
        if (known === undefined) byLabel.set(key, [workload])
        else known.push(workload)
      }
    return {
      *destination({ host, subsets }) {
        const service = services.get(host)
        const [first] = Object.entries(service?.selector ?? {})
        if (service === undefined || first === undefined) return
        const candidates = byLabel.get(keyOf(service.namespace, ...first)) ?? []
        const behind = candidates.filter(({ labels }) => selects(service.selector, labels))
        // Where nothing is known to run, it runs elsewhere.
        if (behind.length === 0) return
        for (const { name, labels, at } of subsets)
          if (!behind.some(workload => selects(labels, workload.labels)))
            yield { message: 'empty', at, data: { subset: name, host, labels: difference(labels, behind) } }
      },
    }
  },
})

function keyOf(namespace: string, label: string, value: string): string {
  return `${namespace} ${label}=${value}`
}

/** Which label nobody has in this way, and what it is there. */
function difference(wanted: Labels, behind: readonly { readonly labels: Labels }[]): string {
  for (const [label, value] of Object.entries(wanted)) {
    const values = [
      ...new Set(behind.flatMap(({ labels }) => (Object.hasOwn(labels, label) ? labels[label]! : []))),
    ].sort()
    if (values.includes(value)) continue
    if (values.length === 0) return `none has a label "${label}"`
    return `"${label}" is ${values.join(' or ')} there, and never ${value}`
  }
  return 'none has all of its labels at once'
}
