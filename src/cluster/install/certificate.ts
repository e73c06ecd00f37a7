/** The agent's intermediate, where cert-manager makes it. */
import type { Resource } from '../../kinds/resource.ts'
import { issuedSecret } from '../authority-secret.ts'
import type { InstallValues } from './values.ts'

/** Its Certificate and the Secret that cert-manager writes have one name. */
export const certificateName = issuedSecret

/** As cert-manager.io/v1 has it. Its key is another one with each renewal. */
export function intermediateCertificate(
  { namespace, domain, identity }: InstallValues,
  labels: { readonly [label: string]: string },
): Resource {
  const { issuer, intermediateHours } = identity
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: certificateName, namespace, labels },
    spec: {
      secretName: issuedSecret,
      isCA: true,
      commonName: 'Meshwright intermediate',
      subject: { organizations: ['Meshwright'] },
      // What SPIFFE asks of whoever signs for a trust domain.
      uris: [`spiffe://${domain}`],
      usages: ['cert sign', 'crl sign'],
      duration: `${intermediateHours}h`,
      privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
      issuerRef: issuer,
    },
  }
}
