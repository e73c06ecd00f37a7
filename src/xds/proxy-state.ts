import type { Nack } from './events.ts'
import type { XdsNode } from './node.ts'
import type { Protocol } from './response.ts'
import type { XdsSession } from './session.ts'
import type { EncodedResource } from './snapshot.ts'

/** One connected proxy, as `mesh proxies` shows it. */
export interface ProxyState {
  readonly node: XdsNode
  readonly protocol: Protocol
  /** ms since 1970. */
  readonly connectedAt: number
  readonly revision: string
  /** It has accepted all of its revision, and all that this names. */
  readonly isSynced: boolean
  readonly types: readonly TypeReport[]
}

export interface TypeReport {
  readonly typeUrl: string
  /** Short name: CDS, EDS, … */
  readonly label: string
  readonly sentVersion: string | undefined
  readonly ackedVersion: string | undefined
  /** ms since the last response of this type. */
  readonly sentAgoMs: number | undefined
  /** The refusal that still stands. */
  readonly nack: Nack | undefined
  readonly resources: number
}

/** A resource as a proxy was sent it, with its type. */
export interface SentResource extends EncodedResource {
  readonly typeUrl: string
}

export function proxyState({ node, state, connectedAt, progress }: XdsSession): ProxyState | undefined {
  if (node === undefined) return undefined
  const now = performance.now()
  const types = [...state.types.values()].map(
    ({ type, sent, acked, nack, held }): TypeReport => ({
      typeUrl: type.typeUrl,
      label: type.label,
      sentVersion: sent?.version,
      ackedVersion: acked?.version,
      sentAgoMs: sent === undefined ? undefined : now - sent.at,
      nack,
      resources: held.size,
    }),
  )
  return {
    node,
    protocol: state.protocol,
    connectedAt,
    revision: state.snapshot?.revision ?? '',
    isSynced: progress.isSynced,
    types,
  }
}

/** All that a proxy was last sent, type by type; what it refused is left out, and so are its secrets. */
export function sentResources({ state }: XdsSession): SentResource[] {
  const shown = [...state.types.values()].filter(({ type }) => !type.isPrivate)
  return shown.flatMap(({ type, held, all }) =>
    // A client that reconnected with what it had was sent nothing: what we have under the same version is what it holds.
    [...held].flatMap(([name, { version }]) => {
      const resource = [held.get(name), all.get(name)].find(
        found => found?.body !== undefined && found.version === version,
      )
      return resource === undefined || !isWhole(resource) ? [] : [{ typeUrl: type.typeUrl, ...resource }]
    }),
  )
}

function isWhole(resource: Partial<EncodedResource>): resource is EncodedResource {
  return (
    resource.body !== undefined &&
    resource.name !== undefined &&
    resource.needs !== undefined &&
    resource.from !== undefined
  )
}
