import {
  definePolicy,
  gatewayAccounts,
  isAbout,
  labelText,
  type Mesh,
  picksGateway,
  type TelemetryPolicy,
  telemetriesFor,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unread-telemetry',
  meta: { severity: 'warning', recommended: true, description: 'Each Telemetry is read by some proxy.' },
  messages: {
    second: 'Telemetry "{policy}" is not read: "{other}" is for {place}, too, and only one is',
    labels: 'Telemetry "{policy}" selects no workload and no gateway: {labels}',
    namespace: 'Telemetry "{policy}" is for namespace "{namespace}", in which nothing runs',
  },
  help: 'correct its labels or its namespace, or delete it',
  create: ({ mesh }) => ({
    telemetry: policy =>
      policy.targets !== undefined ? [] : policy.selector === undefined ? wide(policy, mesh) : picking(policy, mesh),
  }),
})

/** Of those for a whole namespace or mesh, the oldest is read, else the first by name. */
function* wide(policy: TelemetryPolicy, mesh: Mesh) {
  const { name, namespace, at } = policy
  const isForMesh = mesh.rootNamespaces.includes(namespace)
  const anyone = { namespace: isForMesh ? '' : namespace, labels: {} }
  const read = telemetriesFor(mesh.telemetries, mesh.rootNamespaces, anyone).at(-1)
  if (read !== undefined && read !== policy) {
    const place = isForMesh ? 'the whole mesh' : `namespace "${namespace}"`
    const related = [{ at: read.at, message: 'this one is read' }]
    yield { message: 'second', at, data: { policy: name, other: read.name, place }, related, help: 'put them into one' }
  } else if (!isForMesh && !runsSomething(namespace, mesh))
    yield { message: 'namespace', at: `${at}/metadata/namespace`, data: { policy: name, namespace } }
}

/** Unlike policies of security, one that selects holds in its own namespace alone; where gateways' pods run is not known here. */
function* picking(policy: TelemetryPolicy, mesh: Mesh) {
  const { name, selector = {}, at } = policy
  if (mesh.workloads.length === 0) return
  if ([...mesh.workloads, ...mesh.machines].some(subject => isAbout(policy, subject, []))) return
  if (picksGateway(selector, mesh)) return
  yield { message: 'labels', at: `${at}/spec/selector`, data: { policy: name, labels: labelText(selector) } }
}

/** A mesh whose workloads are elsewhere says nothing of them. */
function runsSomething(namespace: string, mesh: Mesh): boolean {
  const subjects = [...mesh.workloads, ...mesh.machines, ...gatewayAccounts(mesh)]
  return mesh.workloads.length === 0 || subjects.some(subject => subject.namespace === namespace)
}
