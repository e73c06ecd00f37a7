/** Streams end once those are gone who opened them. */
import { isMachineNode, type Machines } from '../cluster/machines.ts'
import type { PodObject } from '../cluster/objects.ts'
import type { XdsServer } from '../xds/server.ts'

type Streams = Pick<XdsServer, 'endStreams'>

export function endOfPod(server: Streams, { metadata }: PodObject, reason: string): void {
  server.endStreams(reason, ({ name, namespace }) => name === metadata.name && namespace === metadata.namespace)
}

/** Of machines that are none any more, or that have joined anew. */
export function endOfMachines(server: Streams, now: Machines, before: Machines): void {
  server.endStreams('the machine is not known any more', ({ namespace, name }) => {
    const key = `${namespace}/${name}`
    return isMachineNode(name) && now.byNode.get(key)?.id !== before.byNode.get(key)?.id
  })
}

/** Of all pods and machines that run under an account. */
export function endOfAccount(
  server: Streams,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { pods, machines }: { readonly pods: Iterable<PodObject>; readonly machines: Machines },
): void {
  const reason = `service account ${namespace}/${name} is gone`
  for (const pod of pods)
    if (pod.metadata.namespace === namespace && (pod.spec?.serviceAccountName ?? 'default') === name)
      endOfPod(server, pod, reason)
  server.endStreams(reason, node => {
    const machine = machines.byNode.get(`${node.namespace}/${node.name}`)?.machine
    return machine?.namespace === namespace && machine.serviceAccount === name
  })
}
