/**
 * What is set for a whole mesh and concerns every listener and cluster alike: put into resources that are otherwise complete, so that
 * nothing that makes them has to know of it. EnvoyFilters come later and see the result.
 */

import type { Mesh } from '../../../model/mesh.ts'
import { type MeshSettings, settingsOf, type TlsLimits, type WideSettings } from '../../../model/mesh-settings.ts'
import { isObject } from '../../../util/is-object.ts'
import { memo } from '../../../util/memo.ts'
import { compact, type EnvoyResource, isOf, type Message, seconds } from './envoy-resource.ts'
import { secretNames } from './mtls.ts'
import { withHeaders, withKeptCase } from './proxy-headers.ts'
import type { ProxyResources } from './proxy-resources.ts'

/** A proxy's resources as the mesh's settings have them. */
export function withMeshSettings({ shared, own }: ProxyResources, mesh: Mesh): ProxyResources {
  const settings = settingsOf(mesh)
  if (settings?.wide === undefined) return { shared, own }
  return { shared: shared.map(list => changedList(settings, list)), own: changedList(settings, own) }
}

/** Lists that proxies share stay shared. */
const changedList = memo((settings: MeshSettings, list: readonly EnvoyResource[]): readonly EnvoyResource[] => {
  const changed = list.map(resource => changedResource(settings, resource))
  return changed.every((resource, index) => resource === list[index]) ? list : changed
})

const changedResource = memo((settings: MeshSettings, resource: EnvoyResource): EnvoyResource => {
  const wide = settings.wide!
  const changed = changedMessage(resource.value, wide)
  const value = resource.type === 'cluster' ? withKeptCase(changed, wide) : changed
  return value === resource.value ? resource : { ...resource, value }
})

/** The same message where nothing in it changes. */
function changedMessage(message: Message, wide: WideSettings): Message {
  let changed: Message | undefined
  for (const [field, value] of Object.entries(message)) {
    const other = changedValue(value, wide)
    if (other !== value) changed = { ...(changed ?? message), [field]: other }
  }
  return changes.reduce((result, change) => change(result, wide), changed ?? message)
}

function changedValue(value: unknown, wide: WideSettings): unknown {
  if (Array.isArray(value)) {
    const items = value.map(item => changedValue(item, wide))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  return isObject(value) ? changedMessage(value, wide) : value
}

/** Each leaves a message alone that it is not about. */
const changes: readonly ((message: Message, wide: WideSettings) => Message)[] = [
  withPaths,
  withClients,
  withDetection,
  withRefresh,
  withTls,
  withHeaders,
]

const steps = ['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'] as const

function withPaths(message: Message, { paths }: WideSettings): Message {
  if (paths === undefined || !isOf(message, 'HttpConnectionManager')) return message
  const does = (step: (typeof steps)[number]) => steps.indexOf(paths) >= steps.indexOf(step)
  return compact({
    ...message,
    normalize_path: does('BASE'),
    merge_slashes: does('MERGE_SLASHES') ? true : undefined,
    path_with_escaped_slashes_action: does('DECODE_AND_MERGE_SLASHES') ? 'UNESCAPE_AND_FORWARD' : 'KEEP_UNCHANGED',
  })
}

/** At the edge: there alone the address of a client is the connection's. */
function withClients(message: Message, { trustedProxies, clientCerts }: WideSettings): Message {
  if (message['use_remote_address'] !== true || !isOf(message, 'HttpConnectionManager')) return message
  return compact({
    ...message,
    xff_num_trusted_hops: trustedProxies || undefined,
    forward_client_cert_details: clientCerts ?? message['forward_client_cert_details'],
  })
}

function withDetection(message: Message, { detectionMs }: WideSettings): Message {
  if (detectionMs === undefined || message['listener_filters_timeout'] === undefined) return message
  return { ...message, listener_filters_timeout: seconds(detectionMs) }
}

function withRefresh(message: Message, { dnsRefreshMs }: WideSettings): Message {
  if (dnsRefreshMs === undefined || message['dns_refresh_rate'] === undefined) return message
  return { ...message, dns_refresh_rate: seconds(dnsRefreshMs) }
}

function withTls(message: Message, { meshTls, otherTls }: WideSettings): Message {
  const context = message['common_tls_context'] as Message | undefined
  const limits = context !== undefined && isOfMesh(context) ? meshTls : otherTls
  if (context === undefined || limits === undefined) return message
  return { ...message, common_tls_context: { ...context, tls_params: limited(context['tls_params'], limits) } }
}

/** The mesh's own certificate is what a proxy shows there. */
function isOfMesh({ tls_certificate_sds_secret_configs: certificates }: Message): boolean {
  const [first] = (certificates ?? []) as readonly Message[]
  return first?.['name'] === secretNames[0]
}

/** What is said of one server goes before. */
function limited(params: unknown, { minVersion, cipherSuites, curves }: TlsLimits): Message {
  const own = (params ?? {}) as Message
  return compact({
    ...own,
    tls_minimum_protocol_version: minVersion === undefined ? own['tls_minimum_protocol_version'] : 'TLSv1_3',
    cipher_suites: own['cipher_suites'] ?? (cipherSuites.length === 0 ? undefined : cipherSuites),
    ecdh_curves: curves.length === 0 ? undefined : curves,
  })
}
