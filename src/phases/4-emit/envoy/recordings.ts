/** What each proxy notes down: found once for as long as what is said of it stays the same. */
import type { Mesh } from '../../../model/mesh.ts'
import type { PolicySubject } from '../../../model/policy-target.ts'
import { defaultRecording, type Recording } from '../../../model/recording.ts'
import {
  mergeTelemetries,
  type ProxyRecording,
  type TelemetryPolicy,
  telemetriesFor,
} from '../../../model/telemetry-policy.ts'
import { memo } from '../../../util/memo.ts'
import { sameList } from '../../../util/same-list.ts'

/** The same object for all proxies that the same policies are about. */
export function recordingOf(mesh: Mesh, subject: PolicySubject): ProxyRecording {
  const { telemetries, rootNamespaces, recording = defaultRecording } = mesh
  return merged(recording, policiesFor(telemetries, rootNamespaces, subject))
}

const merged = memo((base: Recording, policies: readonly TelemetryPolicy[]) => mergeTelemetries(base, policies))

/** Only those of the root namespaces and of the subject's own are looked at, as of other policies. */
const policiesFor = memo((policies: Mesh['telemetries'], roots: readonly string[], subject: PolicySubject) => {
  const groups = byNamespace(policies)
  const near = [...new Set([...roots, subject.namespace])].flatMap(name => groups.get(name) ?? [])
  return sameList(telemetriesFor(near, roots, subject))
})

const byNamespace = memo((policies: Mesh['telemetries']) => Map.groupBy(policies, ({ namespace }) => namespace))
