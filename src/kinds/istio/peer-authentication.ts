import type { PeerPolicy } from '../../model/peer-policy.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import { badForm, conflict, port, type RuleFinding, token } from '../rule-finding.ts'
import { selectorRules } from './policy-target.ts'

/** Whether workloads ask those who connect to them for mutual TLS. */
export interface PeerAuthentication {
  /** Group and version; both mean the same here. New resources take `security.istio.io/v1`. */
  apiVersion: 'security.istio.io/v1' | 'security.istio.io/v1beta1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'PeerAuthentication'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Which workloads, and what they ask for. Default: all of the namespace, as the next wider policy says. */
  spec?: PeerAuthenticationSpec
}

export interface PeerAuthenticationSpec {
  /** Which workloads of the namespace. Default: all of them; in the mesh’s root namespace, all of the mesh. */
  selector?: WorkloadSelector
  /** On all ports that say nothing themselves. Default: as the namespace, else the mesh says, else `PERMISSIVE`. */
  mtls?: MutualTLS
  /** By the workload’s own port, not the service’s; at least one. Only with a selector. Default: none differs. */
  portLevelMtls?: PortLevelMtls
}

export interface WorkloadSelector {
  /** Labels that a workload must have, all of them; 4096 at most, with values of up to 63 characters. Default: every workload. */
  matchLabels?: SelectorLabels
}

/**
 * Labels that a workload must have, all of them.
 * @maxProperties 4096
 * @valueMaxLength 63
 */
export interface SelectorLabels {
  /** The label’s value; there are no wildcards. */
  [key: string]: string
}

export interface MutualTLS {
  /**
   * `STRICT` takes nothing but mutual TLS, `PERMISSIVE` plain text too, `DISABLE` only plain text. Default: `UNSET`, as
   * the next wider policy says.
   */
  mode?: 'UNSET' | 'DISABLE' | 'PERMISSIVE' | 'STRICT'
}

/**
 * Modes by port; not empty.
 * @minProperties 1
 */
export interface PortLevelMtls {
  /** The mode on the port of this number. */
  [port: string]: MutualTLS
}

export function lowerPeerAuthentication(resource: Resource): Contribution {
  const { spec = {} } = resource as unknown as PeerAuthentication
  const labels = spec.selector?.matchLabels
  const ports = Object.entries(spec.portLevelMtls ?? {}).map(([number, mtls]) => ({
    port: Number(number),
    ...modeOf(mtls),
    at: at(resource, `/spec/portLevelMtls/${number}`),
  }))
  const policy: PeerPolicy = {
    ...nodeOf(resource),
    ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { selector: labels }),
    ...modeOf(spec.mtls),
    ports,
  }
  return { peerPolicies: [policy] }
}

function modeOf(mtls: MutualTLS | undefined): Pick<PeerPolicy, 'mode'> {
  return mtls?.mode === undefined || mtls.mode === 'UNSET' ? {} : { mode: mtls.mode }
}

/** Istio's validation of PeerAuthentication. */
export function* peerAuthenticationRules(resource: Resource): Iterable<RuleFinding> {
  const { spec = {} } = resource as unknown as PeerAuthentication
  const hasLabels = Object.keys(spec.selector?.matchLabels ?? {}).length > 0
  yield* selectorRules(spec.selector)
  const ports = Object.keys(spec.portLevelMtls ?? {})
  if (ports.length > 0 && !hasLabels)
    yield conflict(
      '/spec/portLevelMtls',
      'a policy for all workloads: ports differ from one to the next, so add a selector',
    )
  for (const number of ports) {
    const place = `/spec/portLevelMtls/${token(number)}`
    if (!/^\d+$/.test(number))
      yield {
        ...badForm(place, number, 'the number of a port', 'write the number that the workload has'),
        isName: true,
      }
    else for (const finding of port(place, Number(number))) yield { ...finding, isName: true }
  }
}
