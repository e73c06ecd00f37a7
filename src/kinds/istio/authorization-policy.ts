import type { ObjectMeta } from '../resource.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import type { PolicyTargetReference } from './policy-target.ts'

/** Who may do what to workloads. */
export interface AuthorizationPolicy {
  /** Group and version; both mean the same here. New resources take `security.istio.io/v1`. */
  apiVersion: 'security.istio.io/v1' | 'security.istio.io/v1beta1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'AuthorizationPolicy'
  /**
   * Name, namespace, labels and annotations; the name is unique among its kind in a namespace. With the annotation
   * `istio.io/dry-run: "true"` nothing is refused: Envoy only counts and notes what would be.
   */
  metadata: ObjectMeta
  /** Which workloads, and what becomes of which requests. Default: nothing is allowed on the whole namespace. */
  spec?: AuthorizationPolicySpec
}

export interface AuthorizationPolicySpec {
  /** Which workloads of the namespace. Default: all of them; in the mesh’s root namespace, all of the mesh. */
  selector?: WorkloadSelector
  /** What the policy hangs on, in place of a selector. Default: nothing. */
  targetRef?: PolicyTargetReference
  /**
   * Several such, 16 at most. Default: none.
   * @maxItems 16
   */
  targetRefs?: PolicyTargetReference[]
  /**
   * Requests that any of up to 512 rules describes are treated so. Default: none, and then `ALLOW` allows nothing, `AUDIT`
   * marks nothing, `DENY` and `CUSTOM` are refused.
   * @maxItems 512
   */
  rules?: AuthorizationRule[]
  /**
   * `DENY` goes before `ALLOW`; as soon as a workload has any `ALLOW` policy, what none of them allows is refused.
   * `AUDIT` marks requests and refuses none; `CUSTOM` asks a service, before all others. Default: `ALLOW`.
   */
  action?: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM'
  /** Who is asked. Only with `CUSTOM`, which needs it. */
  provider?: AuthorizationProvider
}

export interface AuthorizationProvider {
  /** Name of one of MeshConfig’s `extensionProviders` that decides; needed. While there is none, nobody comes in. */
  name?: string
}

/** Holds for requests that one of `from` sent, that do one of `to`, while all of `when` hold. */
export interface AuthorizationRule {
  /**
   * Who asks: any of these, 512 at most. Default: anyone.
   * @maxItems 512
   */
  from?: RuleFrom[]
  /** What is asked for: any of these. Default: anything. */
  to?: RuleTo[]
  /** Further conditions: all of these. Default: none. */
  when?: RuleCondition[]
}

export interface RuleFrom {
  /** A caller. */
  source: Source
}

/**
 * A caller that has all of these; of each list, one value must fit. A `*` at the beginning or the end of a value stands
 * for any text, a `*` alone for any that is there.
 */
export interface Source {
  /** Identities from certificates, `TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`: needs mutual TLS. Default: any. */
  principals?: string[]
  /** Identities from certificates that it must not have; callers in plain text have none. Default: none. */
  notPrincipals?: string[]
  /** Issuer and subject of its verified token, `ISSUER/SUBJECT`: needs a RequestAuthentication. Default: any, or none. */
  requestPrincipals?: string[]
  /** Issuers and subjects that it must not have. Default: none. */
  notRequestPrincipals?: string[]
  /** Namespaces from certificates; a `*` may stand anywhere: needs mutual TLS. Default: any. */
  namespaces?: string[]
  /** Namespaces that it must not come from; callers in plain text come from none. Default: none. */
  notNamespaces?: string[]
  /**
   * Service accounts from certificates, 16 at most, of up to 320 characters: `ACCOUNT` of the policy’s namespace or
   * `NAMESPACE/ACCOUNT`, without wildcards; needs mutual TLS. Default: any.
   * @maxItems 16
   * @itemMaxLength 320
   */
  serviceAccounts?: string[]
  /**
   * Service accounts that it must not have; 16 at most, of up to 320 characters. Default: none.
   * @maxItems 16
   * @itemMaxLength 320
   */
  notServiceAccounts?: string[]
  /** Trust domains from certificates: needs mutual TLS. Default: any. */
  trustDomains?: string[]
  /** Trust domains that it must not come from. Default: none. */
  notTrustDomains?: string[]
  /** Addresses that the connection comes from, each an IP address or a CIDR: the last proxy’s. Default: any. */
  ipBlocks?: string[]
  /** Addresses that the connection must not come from. Default: none. */
  notIpBlocks?: string[]
  /** Addresses of the client as X-Forwarded-For and trusted proxies say, each an IP address or a CIDR. Default: any. */
  remoteIpBlocks?: string[]
  /** Addresses that the client must not have. Default: none. */
  notRemoteIpBlocks?: string[]
}

export interface RuleTo {
  /** A request. */
  operation: Operation
}

/**
 * A request that has all of these; of each list, one value must fit. A `*` at the beginning or the end of a value stands
 * for any text, a `*` alone for any that is there. All but ports are for HTTP alone: on other ports an `ALLOW` rule with
 * them is left out, and a `DENY` rule holds without them.
 */
export interface Operation {
  /** Hosts that are asked for, in any case; without a port they hold for each. Default: any. */
  hosts?: string[]
  /** Hosts that must not be asked for. Default: none. */
  notHosts?: string[]
  /** The workload’s own ports (not the service’s), 0–65535; at a gateway, the server’s. Default: any. */
  ports?: string[]
  /** Ports that must not be asked for. Default: none. */
  notPorts?: string[]
  /** HTTP methods; of gRPC always `POST`. Default: any. */
  methods?: string[]
  /** HTTP methods that must not be used. Default: none. */
  notMethods?: string[]
  /**
   * Paths without query, after `..`, `//` and escaped slashes are resolved: whole, with a `*` at an edge, or as a template
   * with `{*}` for one segment and `{**}` for any that follow. Default: any.
   */
  paths?: string[]
  /** Paths that must not be asked for. Default: none. */
  notPaths?: string[]
}

/** Something else that must hold. At least one of the two lists. */
export interface RuleCondition {
  /**
   * What is looked at: `request.headers[NAME]`, `source.ip`, `remote.ip`, `source.namespace`, `source.principal`,
   * `request.auth.principal`, `request.auth.audiences`, `request.auth.presenter`, `request.auth.claims[NAME][…]`,
   * `destination.ip`, `destination.port`, `connection.sni`, and `experimental.FILTER[KEY]` with the full name of a filter of
   * Envoy’s.
   */
  key: string
  /** One of these must fit; a `*` at an edge stands for any text. Default: any. */
  values?: string[]
  /** None of these may fit. Default: none. */
  notValues?: string[]
}
