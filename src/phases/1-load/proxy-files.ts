import type { Mesh } from '../../model/mesh.ts'
import { ownTlsOf } from '../../model/traffic-policy.ts'
import { readFrom, type Source } from './source-tree.ts'

/** What files with certificates and keys hold, by their names in the mesh. Texts are secrets: no finding quotes one. */
export type ProxyFiles = ReadonlyMap<string, Source>

/** Chains of the largest authorities have some tens of kilobytes; all authorities of a system half a megabyte. */
const largestBytes = 2_000_000

/**
 * Reads the files that a mesh's gateways, sidecars and callers name. Relative paths begin at the mesh's folder, as they do for the proxies that
 * run on this machine.
 *
 * @param isHere whether the proxies run here. Otherwise what lies outside of the folder belongs to another machine, and is
 *   not looked at: compiling somebody's mesh must not show what else is on this one
 */
export function readProxyFiles(root: string, { gateways, destinations, scopes }: Mesh, isHere: boolean): ProxyFiles {
  const servers = [
    ...gateways.flatMap(gateway => gateway.servers.flatMap(({ tls }) => tls ?? [])),
    ...scopes.flatMap(({ ingress = [] }) => ingress.flatMap(({ tls }) => tls ?? [])),
  ]
  const clients = ownTlsOf(destinations).map(({ certificate, ...tls }) => ({
    ...tls,
    certificates: certificate === undefined ? [] : [certificate],
  }))
  const names = [...servers, ...clients].flatMap(({ certificates, ca, crl }) =>
    [...certificates.flatMap(({ chain, key }) => [chain, key]), ca, crl].flatMap(named => named?.file ?? []),
  )
  // One without a name is found to have none.
  const named = [...new Set(names)].filter(name => name !== '')
  return new Map(named.map(name => [name, readFrom(root, name, largestBytes, !isHere)]))
}
