/** What one replica of the agent tells people who may ask: the same reports as on one machine. */
import type { AgentReport } from '../cluster/agent-report.ts'
import { workloadOf } from '../cluster/workloads-of-pods.ts'
import type { CertificateAuthority } from '../identity/certificate-authority.ts'
import { loadCodec } from '../protobuf/codec.ts'
import type { XdsNode } from '../xds/node.ts'
import type { ClusterPlane } from './cluster-plane.ts'
import { configReport, type ProxyReport, proxyReports } from './report.ts'

export interface Inspected {
  readonly name: string
  readonly plane: ClusterPlane
  readonly isWriter: boolean
  readonly target: string
  readonly secret: string
  readonly authority: CertificateAuthority
  readonly findings: readonly string[]
}

/** Where the replica tells what. */
export const inspectPaths = {
  status: '/debug/status',
  proxies: '/debug/proxies',
  identities: '/debug/identities',
  config: '/debug/config/',
} as const

/** @returns undefined where there is nothing at this path */
export function inspectAgent(path: string, inspected: Inspected): unknown {
  const { plane } = inspected
  if (path === inspectPaths.status) return agentReport(inspected)
  if (path === inspectPaths.proxies) return proxyReports(plane.server, node => workloadOfNode(node, plane))
  if (path === inspectPaths.identities) return identitiesReport(inspected)
  if (!path.startsWith(inspectPaths.config)) return undefined
  const name = decodeURIComponent(path.slice(inspectPaths.config.length))
  return configReport(plane.server, name, { codec: loadCodec(), spanOf: plane.spanOf }) ?? null
}

function workloadOfNode({ namespace, name }: XdsNode, { pods }: ClusterPlane): ProxyReport['workload'] {
  const pod = pods.get(`${namespace}/${name}`)
  return pod === undefined ? null : (workloadOf(pod) ?? null)
}

function identitiesReport({ plane, authority }: Inspected) {
  return { roots: authority.roots, fingerprint: authority.fingerprint, identities: plane.secrets.identities() }
}

function agentReport({ name, plane, isWriter, target, secret, authority, findings }: Inspected): AgentReport {
  const proxies = plane.server.proxies()
  return {
    name,
    revision: plane.revision ?? null,
    isWriter,
    target,
    proxies: proxies.length,
    accepted: proxies.filter(({ isSynced }) => isSynced).length,
    authority: { secret, notAfter: authority.notAfter },
    findings,
  }
}
