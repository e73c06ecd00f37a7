import {
  clientSecretElsewhere,
  plainTextLetIn,
  secretElsewhere,
  shownSecretElsewhere,
} from '../../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { PeerPolicy } from '../../../model/peer-policy.ts'
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
  return mesh.peerPolicies.flatMap(policy => {
    const place = strictPlace(policy)
    if (place === undefined) return []
    const subject = subjectAt(policy.at)
    return [plainTextLetIn({ span: spans.spanOf(place), subject }, { kind: subject.kind, name: subject.name, run })]
  })
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
