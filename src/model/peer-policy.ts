import { type At, byPrecedence, type Labels, type Node, selects } from './node.ts'

/** What a workload's proxy asks of those who connect to it. */
export type MtlsMode =
  /** Only mutual TLS. */
  | 'STRICT'
  /** Mutual TLS from those who can, plain text from those who can't. */
  | 'PERMISSIVE'
  /** Plain text only. */
  | 'DISABLE'

/** Which mode holds for a mesh, a namespace or some workloads. */
export interface PeerPolicy extends Node {
  /** Picks workloads of its namespace; absent: all of them, or of the mesh where the namespace is its root. */
  readonly selector?: Labels
  /** Absent: as the next wider policy says. */
  readonly mode?: MtlsMode
  /** By the workload's port; only where workloads are picked. */
  readonly ports: readonly { readonly port: number; readonly mode?: MtlsMode; readonly at: At }[]
}

/** Where policies stand and whom they are about. */
export interface PeerContext {
  readonly policies: readonly PeerPolicy[]
  /** Namespaces whose policies hold for the whole mesh. */
  readonly rootNamespaces: readonly string[]
}

/** What holds for a workload, and the policies that say so. */
export interface EffectiveMtls {
  /** On all ports that say nothing themselves. */
  readonly mode: MtlsMode
  readonly ports: ReadonlyMap<number, MtlsMode>
  /** The policies that were decisive, most specific first. */
  readonly from: readonly At[]
}

/**
 * Workload before namespace before mesh; each that is silent leaves it to the next, and where all are, both are let in
 * (Istio's rule and default).
 */
export function effectiveMtls(
  { policies, rootNamespaces }: PeerContext,
  workload: { readonly namespace: string; readonly labels: Labels },
): EffectiveMtls {
  const local = policies.filter(({ namespace }) => namespace === workload.namespace)
  const own = oldest(local.filter(({ selector }) => selector !== undefined && selects(selector, workload.labels)))
  const wide = oldest(local.filter(({ selector }) => selector === undefined))
  const root = oldest(
    policies.filter(({ namespace, selector }) => selector === undefined && rootNamespaces.includes(namespace)),
  )
  const chain = [own, wide, root].filter(policy => policy !== undefined)
  const mode = chain.find(policy => policy.mode !== undefined)?.mode ?? 'PERMISSIVE'
  return {
    mode,
    ports: new Map(own?.ports.map(port => [port.port, port.mode ?? mode])),
    from: chain.map(({ at }) => at),
  }
}

/** The mode on one port. */
export function mtlsOn({ mode, ports }: EffectiveMtls, port: number): MtlsMode {
  return ports.get(port) ?? mode
}

/** The lists of a Mesh are in that order. */
function oldest(policies: readonly PeerPolicy[]): PeerPolicy | undefined {
  return policies.toSorted(byPrecedence)[0]
}
