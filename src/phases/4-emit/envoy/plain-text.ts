import {
  clientSecretElsewhere,
  meshTlsElsewhere,
  plainTextLetIn,
  secretElsewhere,
  shownSecretElsewhere,
} from '../../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Gateway } from '../../../model/gateway.ts'
import type { At } from '../../../model/node.ts'
import type { PeerPolicy } from '../../../model/peer-policy.ts'
import type { DestinationPolicy } from '../../../model/traffic-policy.ts'
import type { Resolved } from '../../2-resolve/resolve.ts'
import { subjectAt } from '../../2-resolve/span-table.ts'
import { credentialsIn, shownCredential } from './client-tls.ts'
import type { Credential } from './credentials.ts'
import { serverCredentials } from './gateway-tls.ts'

/**
 * Says which policies proxies without certificates can't enforce: one that looks active and is not is worse than none.
 *
 * @param run what the proxies do that have none: `start from files`
 */
export function plainTextFindings({ mesh, spans }: Pick<Resolved, 'mesh' | 'spans'>, run: string): Diagnostic[] {
  const letIn = mesh.peerPolicies.flatMap(policy => {
    const place = strictPlace(policy)
    if (place === undefined) return []
    const subject = subjectAt(policy.at)
    return [plainTextLetIn({ span: spans.spanOf(place), subject }, { kind: subject.kind, name: subject.name, run })]
  })
  const asked = (effect: string) => (at: At) => {
    const subject = subjectAt(at)
    return meshTlsElsewhere(
      { span: spans.spanOf(at), subject },
      { kind: subject.kind, name: subject.name, run, effect },
    )
  }
  return [
    ...letIn,
    ...mesh.gateways.flatMap(endingMeshTls).map(asked('the port is not opened')),
    ...mesh.destinations.flatMap(wantingMeshTls).map(asked('calls go in plain text')),
  ]
}

function endingMeshTls({ servers }: Gateway): At[] {
  return servers.flatMap(({ tls, at }) => (tls?.mode === 'ISTIO_MUTUAL' ? `${at}/tls/mode` : []))
}

function wantingMeshTls({ policy, subsets }: DestinationPolicy): At[] {
  const policies = [policy, ...subsets.map(subset => subset.policy)]
  const all = policies.flatMap(each => [each, ...(each.ports ?? []).map(port => port.policy)])
  return all.flatMap(({ tls }) => (tls?.mode === 'ISTIO_MUTUAL' ? `${tls.at}/mode` : []))
}

/**
 * Says which servers of gateways are not opened, and which rules show no certificate, for their Secrets are in no reach.
 *
 * @param run what the proxies do: `start from files`
 */
export function secretFindings({ mesh, spans }: Pick<Resolved, 'mesh' | 'spans'>, run: string): Diagnostic[] {
  const about = (find: typeof secretElsewhere) => {
    return ({ name: secret, at }: Credential): Diagnostic => {
      const subject = subjectAt(at)
      return find({ span: spans.spanOf(at), subject }, { kind: subject.kind, name: subject.name, secret, run })
    }
  }
  return [
    ...onePerPlace(serverCredentials(mesh.gateways)).map(about(secretElsewhere)),
    ...onePerPlace(mesh.destinations.flatMap(credentialsIn)).map(about(clientSecretElsewhere)),
    ...onePerPlace(mesh.services.flatMap(({ shownCertificates = [] }) => shownCertificates).map(shownCredential)).map(
      about(shownSecretElsewhere),
    ),
  ]
}

/** A Secret may be needed for its certificate and for its authorities. */
function onePerPlace(credentials: readonly Credential[]): Credential[] {
  return [...new Map(credentials.map(credential => [credential.at, credential])).values()]
}

/** Where a policy asks for mutual TLS first. */
function strictPlace({ at, mode, ports }: PeerPolicy): string | undefined {
  if (mode === 'STRICT') return `${at}/spec/mtls/mode`
  return ports.find(port => port.mode === 'STRICT')?.at
}
