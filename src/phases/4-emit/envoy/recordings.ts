/** What each proxy notes down: found once for as long as what is said of it stays the same. */
import type { Mesh } from '../../../model/mesh.ts'
import { type Collector, type MeshSettings, serviceOf, settingsOf } from '../../../model/mesh-settings.ts'
import type { PolicySubject } from '../../../model/policy-target.ts'
import { defaultRecording, type Origin, type Recording } from '../../../model/recording.ts'
import {
  mergeTelemetries,
  type ProxyRecording,
  type TelemetryPolicy,
  telemetriesFor,
  withCollector,
} from '../../../model/telemetry-policy.ts'
import { compact } from '../../../util/compact.ts'
import { memo } from '../../../util/memo.ts'
import { sameList } from '../../../util/same-list.ts'
import { knownLogs, withDefaultLogs, withSinks } from './log-sinks.ts'
import { policiesNear } from './policies-about.ts'

/** The same object for all proxies that the same policies are about. */
export function recordingOf(mesh: Mesh, subject: PolicySubject): ProxyRecording {
  const { telemetries, rootNamespaces, recording = defaultRecording } = mesh
  const settings = settingsOf(mesh)
  const base = settings === undefined ? recording : withDefaults(settings, recording)
  const found = merged(base, policiesFor(telemetries, rootNamespaces, subject), knownLogs(settings))
  return settings === undefined ? found : told(settings, mesh.services, found)(originOf(subject, mesh.domain))
}

const withDefaults = memo((settings: MeshSettings, recording: Recording) =>
  withDefaultLogs(withCollector(withTracing(recording, settings), settings.defaultCollector), settings),
)

function withTracing(recording: Recording, { traceSampling, traceTags, maxPathBytes }: MeshSettings): Recording {
  return { ...recording, ...compact({ traceSampling, traceTags, maxPathBytes }) }
}

/** With who is told: each workload says its name. */
const told = memo((settings: MeshSettings, services: Mesh['services'], recording: ProxyRecording) => {
  const client = withSinks(recording.client, settings, services)
  const server = recording.server === recording.client ? client : withSinks(recording.server, settings, services)
  const shared: ProxyRecording =
    client === recording.client && server === recording.server ? recording : { client, server }
  const byOrigin = new Map<string, ProxyRecording>()
  const withTracer = (side: Recording, origin: Origin): Recording => {
    const collector = collectorNamed(side.collector, settings, services)
    if (collector === undefined) return side
    return { ...side, tracer: { collector, origin }, from: [...(side.from ?? []), collector.at] }
  }
  return (origin: Origin): ProxyRecording => {
    if (client.collector === undefined && server.collector === undefined) return shared
    const key = JSON.stringify(origin)
    const known = byOrigin.get(key) ?? { client: withTracer(client, origin), server: withTracer(server, origin) }
    byOrigin.set(key, known)
    return known
  }
})

function collectorNamed(
  name: string | undefined,
  { providers }: MeshSettings,
  services: Mesh['services'],
): Collector | undefined {
  const found = name === undefined ? undefined : providers.find(provider => provider.name === name)
  return found?.kind === 'collector' && serviceOf(found.service, services) !== undefined ? found : undefined
}

/** Name and revision as Istio's labels say them. */
function originOf({ labels, namespace }: PolicySubject, mesh: string): Origin {
  const name = labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app']
  const revision =
    labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels['version']
  return { service: name ?? labels['istio'] ?? 'proxy', revision: revision ?? 'latest', namespace, mesh }
}

const merged = memo((base: Recording, policies: readonly TelemetryPolicy[], known: ReadonlySet<string>) =>
  mergeTelemetries(base, policies, known),
)

const policiesFor = memo((policies: Mesh['telemetries'], roots: readonly string[], subject: PolicySubject) =>
  sameList(telemetriesFor(policiesNear(policies, roots, subject), roots, subject)),
)
