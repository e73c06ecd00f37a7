import { labels } from '../forms.ts'
import type { Resource } from '../resource.ts'
import { cannotServe, conflict, missing, port, type RuleFinding, range, unknownWord } from '../rule-finding.ts'
import { endpointRules, networkRules } from './workload-entry-rules.ts'
import type { HTTPHealthCheck, ReadinessProbe, WorkloadGroup } from './workload-group.ts'

/** Istio's validation of WorkloadGroup; gRPC probes too, which its agents run and its validation does not know. */
export function* workloadGroupRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as WorkloadGroup
  yield* labels('/spec/metadata/labels', spec.metadata?.labels)
  yield* endpointRules(spec.template, '/spec/template')
  yield* networkRules(spec.template, '/spec/template')
  if (spec.probe !== undefined) yield* probeRules(spec.probe, '/spec/probe')
  yield cannotServe('/spec', 'no machine registers by it; declare a WorkloadEntry for each machine')
}

const ways = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const

const counters = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

function* probeRules(probe: ReadinessProbe, pointer: string): Iterable<RuleFinding> {
  for (const counter of counters) yield* range(`${pointer}/${counter}`, probe[counter], { min: 0 })
  const [first, ...others] = ways.filter(way => probe[way] !== undefined)
  if (first === undefined) yield missing(pointer, 'one of httpGet, tcpSocket, exec and grpc')
  for (const way of others) yield conflict(`${pointer}/${way}`, first!)
  if (probe.httpGet !== undefined) yield* httpRules(probe.httpGet, `${pointer}/httpGet`)
  yield* port(`${pointer}/tcpSocket/port`, probe.tcpSocket?.port)
  yield* port(`${pointer}/grpc/port`, probe.grpc?.port)
  if (probe.exec?.command.length === 0) yield missing(`${pointer}/exec/command`, 'a program')
}

function* httpRules({ port: number, scheme = '' }: HTTPHealthCheck, pointer: string) {
  yield* port(`${pointer}/port`, number)
  if (!['', 'HTTP', 'HTTPS'].includes(scheme))
    yield unknownWord(`${pointer}/scheme`, scheme, 'a scheme', ['HTTP', 'HTTPS'])
}
