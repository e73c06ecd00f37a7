import { definePolicy, type Labels, labelIndex, selects } from 'meshwright/policy'

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
    const running = labelIndex([...mesh.workloads, ...mesh.machines])
    return {
      *destination({ host, subsets }) {
        const service = services.get(host)
        if (service === undefined || Object.keys(service.selector).length === 0) return
        const behind = running(service.namespace, service.selector)
        // Where nothing is known to run, it runs elsewhere.
        if (behind.length === 0) return
        for (const { name, labels, at } of subsets)
          if (!behind.some(workload => selects(labels, workload.labels)))
            yield { message: 'empty', at, data: { subset: name, host, labels: difference(labels, behind) } }
      },
    }
  },
})

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
