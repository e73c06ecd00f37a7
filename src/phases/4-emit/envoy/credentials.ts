/** Secrets of a cluster that the mesh names, as proxies ask for them. */
import type { At } from '../../../model/node.ts'
import { compact, type Message } from './envoy-resource.ts'

/** What a proxy needs of a Secret: certificate and key, or the authorities by which others are judged. */
export interface Credential {
  readonly name: string
  /** Absent: that of the proxy's pods. */
  readonly namespace?: string
  readonly holds: 'pair' | 'authorities'
  /** Where it is named. */
  readonly at: At
}

/** Name under which a proxy asks for it: of its own namespace, or of one that is named (Istio's). */
export function credentialName({ name, namespace, holds }: Omit<Credential, 'at'>): string {
  const secret = holds === 'pair' ? name : authoritiesName(name)
  return namespace === undefined ? `kubernetes://${secret}` : `kubernetes-gateway://${namespace}/${secret}`
}

/** The Secret whose authorities go before those that lie beside a certificate (Istio's). */
export function authoritiesName(name: string): string {
  return `${name}-cacert`
}

/**
 * In the name of a cluster for routes of gateways that show a certificate, where others have a subset's: no subset has such a name, and no
 * other gateway's routes lead there.
 */
export function shownName({ namespace, name }: Pick<Credential, 'name' | 'namespace'>): string {
  return `~${namespace ?? ''}~${name}`
}

/** What a TLS context says of a certificate and of authorities that Secrets hold. */
export function secretContext(
  credentials: readonly Omit<Credential, 'at'>[],
  validation: Message | undefined,
): Message {
  const configs = (holds: Credential['holds']) =>
    credentials
      .filter(credential => credential.holds === holds)
      .map(credential => ({ name: credentialName(credential), sds_config: secretFromAds }))
  const [pairs, [authorities]] = [configs('pair'), configs('authorities')]
  return compact({
    tls_certificate_sds_secret_configs: pairs.length === 0 ? undefined : pairs,
    validation_context: authorities === undefined ? validation : undefined,
    combined_validation_context:
      authorities === undefined
        ? undefined
        : { default_validation_context: validation ?? {}, validation_context_sds_secret_config: authorities },
  })
}

/** With Envoy's timeout: a Secret that is missing keeps nothing else waiting for ever (Istio's rule). */
const secretFromAds: Message = { ads: {}, resource_api_version: 'V3' }
