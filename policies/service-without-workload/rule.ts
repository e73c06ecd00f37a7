import {
  containerPort,
  definePolicy,
  type Labels,
  labelIndex,
  nearestWord,
  type Service,
  selects,
  slippedWord,
  type Workload,
} from 'meshwright/policy'

export default definePolicy({
  id: 'service-without-workload',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Services select the workloads that are meant, and lead to ports that those have.',
  },
  messages: {
    nowhere: 'host {host} has no endpoints, and selects none: each call to it ends in 503',
    labels: 'service "{service}" selects no workload: {why}',
    port: 'port {port} of service "{service}" leads to a port named "{name}", which none of the workloads has that it selects',
  },
  help: 'correct the selector, or the labels of the pods',
  create: ({ mesh }) => {
    const [workloads, machines] = [labelIndex(mesh.workloads), labelIndex(mesh.machines)]
    return {
      *service(service) {
        const { name, namespace, selector, at, entry } = service
        if (isNowhere(service)) yield { message: 'nowhere', at, data: { host: service.host }, help: placing }
        if (!isPicking(service)) return
        // A machine has ports of any name: they are where its entry says, or else the Service.
        if (machines(namespace, selector).length > 0) return
        const selected = workloads(namespace, selector)
        if (selected.length > 0) return yield* unnamedPorts(service, selected)
        const there = [...workloads(namespace, {}), ...machines(namespace, {})]
        const isOthers = (run: Run) =>
          mesh.services.some(
            each => each.namespace === namespace && isPicking(each) && selects(each.selector, run.labels),
          )
        const meant = there.find(run => isMeant(service, run, isOthers))
        if (meant === undefined) return
        yield {
          message: 'labels',
          at: `${at}/spec/${entry === undefined ? 'selector' : 'workloadSelector'}`,
          data: { service: name, why: difference(selector, meant) },
          related: [{ at: meant.at, message: `"${meant.name}" is declared here` }],
        }
      },
    }
  },
})

const placing = 'write endpoints or a workloadSelector, or resolution: DNS where its name leads there'

/** With `STATIC` nobody looks the host's own name up. */
function isNowhere({ entry, selector }: Service): boolean {
  return entry?.resolution === 'STATIC' && entry.endpoints.length === 0 && Object.keys(selector).length === 0
}

function isPicking({ selector, externalName }: Service): boolean {
  return Object.keys(selector).length > 0 && externalName === undefined
}

type Run = Pick<Workload, 'name' | 'namespace' | 'labels' | 'at'>

/**
 * Is it most likely what a service is for, though not selected? That nothing is selected says little: pods are made by much that a mesh
 * knows nothing of. But the two may be called the same, a label be misspelt of what no other service selects, or one lack.
 */
function isMeant({ name, selector }: Service, run: Run, isOthers: (run: Run) => boolean): boolean {
  if (run.name === name) return true
  const pairs = Object.entries(selector)
  const known = pairs.filter(([key, value]) => labelOf(run.labels, key) === value || isSlip(key, value, run.labels))
  if (known.length === pairs.length) return !isOthers(run)
  const isLacking = ([key]: [string, string]) => labelOf(run.labels, key) === undefined && isAuthors(key)
  // Some labels are common to all that is installed together: one that names the workload is needed.
  return (
    known.some(([, value]) => run.name.includes(value)) && pairs.every(pair => known.includes(pair) || isLacking(pair))
  )
}

/** Labels of a domain's are those of an operator, most often. */
function isAuthors(key: string): boolean {
  return !key.includes('/') || key.startsWith('app.kubernetes.io/')
}

/** Of a label that is there: an object has members beside its own. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

function isSlip(key: string, value: string, labels: Labels): boolean {
  const own = labelOf(labels, key)
  if (own !== undefined) return slippedWord(value, [own]) !== undefined
  const same = Object.keys(labels).filter(each => labels[each] === value)
  return slippedWord(key, same) !== undefined
}

/** The first label that keeps a workload from being selected. */
function difference(selector: Labels, { name, labels }: Run): string {
  const [key, value] = Object.entries(selector).find(([each, wanted]) => labelOf(labels, each) !== wanted)!
  const own = labelOf(labels, key)
  return own === undefined
    ? `workload "${name}" has no label "${key}"`
    : `label "${key}" of workload "${name}" is ${own}, and not ${value}`
}

/** Ports that a proxy brings along in a cluster. */
const proxyPorts: ReadonlySet<string> = new Set(['mesh-metrics', 'http-envoy-prom'])

function* unnamedPorts(service: Service, selected: readonly Workload[]) {
  const names = new Set(selected.flatMap(({ container }) => container.ports.flatMap(port => port.name ?? [])))
  for (const { number, targetPort, at } of [...service.ports, ...(service.datagramPorts ?? [])]) {
    if (typeof targetPort === 'number' || proxyPorts.has(targetPort)) continue
    if (selected.some(workload => containerPort(workload, targetPort) !== undefined)) continue
    yield {
      message: 'port',
      at: `${at}/targetPort`,
      data: { port: number, service: service.name, name: targetPort },
      help: remedy(targetPort, names),
      related: selected.slice(0, 1).map(workload => ({ at: workload.at, message: 'it selects this one' })),
    }
  }
}

function remedy(name: string, names: ReadonlySet<string>): string {
  const near = nearestWord(name, names)
  if (near !== undefined) return `did you mean "${near}"?`
  const known = [...names].sort().join(', ')
  return known === ''
    ? 'name a container’s port so, or give its number'
    : `its ports are named ${known}; or give the number`
}
