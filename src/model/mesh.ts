/**
 * The Mesh: what all declarations together mean. Plain readonly JSON; knows neither Kubernetes nor Envoy.
 *
 * Names are resolved (hosts fully qualified, gateways as namespace/name), defaults are filled in, times are ms.
 * Every array is sorted by namespace and name, so that files may be read in any order.
 */
import type { AccessPolicy } from './access-policy.ts'
import type { Gateway } from './gateway.ts'
import type { HttpRouting } from './http-route.ts'
import type { Machine } from './machine.ts'
import type { MeshSettings } from './mesh-settings.ts'
import type { Node } from './node.ts'
import type { PeerPolicy } from './peer-policy.ts'
import type { ProxyExtension } from './proxy-extension.ts'
import type { ProxyPatch } from './proxy-patch.ts'
import type { ProxySetupPolicy } from './proxy-setup.ts'
import type { Recording } from './recording.ts'
import type { Scope } from './scope.ts'
import type { Service } from './service.ts'
import type { Standing } from './standing.ts'
import type { TelemetryPolicy } from './telemetry-policy.ts'
import type { TokenPolicy } from './token-policy.ts'
import type { DestinationPolicy } from './traffic-policy.ts'
import type { Workload } from './workload.ts'
import type { WrittenEndpoints } from './written-endpoints.ts'

/** Where Debian, and with it Envoy's official image, keeps the roots of public CAs. Envoy has no setting for the system's own. */
export const defaultCaFile = '/etc/ssl/certs/ca-certificates.crt'

export interface Mesh {
  /** SPIFFE and DNS suffix of all service hosts. */
  readonly domain: string
  /** Namespaces whose policies hold for the whole mesh. */
  readonly rootNamespaces: readonly string[]
  /** Absent: `defaultRecording`. */
  readonly recording?: Recording
  /** File with the roots of public CAs on the proxies' disks. Absent: `defaultCaFile`. */
  readonly caFile?: string
  readonly namespaces: readonly Node[]
  readonly serviceAccounts: readonly Node[]
  readonly services: readonly Service[]
  readonly workloads: readonly Workload[]
  readonly machines: readonly Machine[]
  /** Absent: none. */
  readonly writtenEndpoints?: readonly WrittenEndpoints[]
  readonly gateways: readonly Gateway[]
  readonly routings: readonly HttpRouting[]
  readonly destinations: readonly DestinationPolicy[]
  readonly scopes: readonly Scope[]
  readonly peerPolicies: readonly PeerPolicy[]
  readonly accessPolicies: readonly AccessPolicy[]
  readonly tokenPolicies: readonly TokenPolicy[]
  readonly proxyPatches: readonly ProxyPatch[]
  readonly proxyExtensions: readonly ProxyExtension[]
  readonly telemetries: readonly TelemetryPolicy[]
  /** Absent: none. */
  readonly proxySetups?: readonly ProxySetupPolicy[]
  /** What is set for the mesh as a whole, by the text that says it: `settingsOf` tells which holds. Absent: nothing. */
  readonly settings?: readonly MeshSettings[]
  /** Of the Gateway API's resources; absent where there are none. */
  readonly standings?: readonly Standing[]
}
