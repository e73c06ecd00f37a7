/** What Istio's variables for proxies say, in MeshConfig and in pods' annotations alike. */
import type { DnsWishes } from '../../model/mesh-settings.ts'
import { isObject } from '../../util/is-object.ts'

/** Those that are read. */
export const proxyVariables: ReadonlySet<string> = new Set(['ISTIO_META_DNS_CAPTURE', 'ISTIO_META_DNS_AUTO_ALLOCATE'])

/** @param config a ProxyConfig, as Istio calls it; not held against any schema where an annotation has it */
export function dnsWishes(config: unknown): DnsWishes {
  const metadata = isObject(config) && isObject(config['proxyMetadata']) ? config['proxyMetadata'] : {}
  const captures = truth(metadata['ISTIO_META_DNS_CAPTURE'])
  const allocates = truth(metadata['ISTIO_META_DNS_AUTO_ALLOCATE'])
  return {
    ...(captures === undefined ? {} : { captures }),
    ...(allocates === undefined ? {} : { allocates }),
  }
}

function truth(value: unknown): boolean | undefined {
  const text = String(value).toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : undefined
}
