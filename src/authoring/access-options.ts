/** What can be said about who may call a service: the objects that an author writes. Only types stand here. */
import type { HttpMethod } from './condition.ts'
import type { Gateway } from './gateway.ts'
import type { AnyService } from './service.ts'

/** All that is said must hold; of each list, any one. */
export interface AccessOptions<Ports extends string = string> {
  /** Who asks: services, gateways, namespaces, holders of tokens, addresses. None listed: nobody. Default: anyone. */
  readonly from?: readonly Caller[]
  /** What is done. Default: anything. */
  readonly methods?: readonly HttpMethod[]
  /**
   * Paths, without query: exactly so, with a `*` at one end, or with `{*}` for one segment and `{**}` for all that follow.
   * Default: all.
   */
  readonly paths?: readonly string[]
  /** Hosts that are asked for, in any case and with any port; a `*` may stand at one end. Default: all. */
  readonly hosts?: readonly string[]
  /** Ports of the service, by name, where it has several. Default: all. */
  readonly ports?: readonly Ports[]
  /** Values of request headers, by name: one of these; `*` for any that is there. Default: none is looked at. */
  readonly headers?: Expected
  /** Claims of the caller’s token, by name: one of these, as its text or in its list. Default: none is looked at. */
  readonly claims?: Expected
  /** Only counts and notes what it would refuse. Default: false, it holds. */
  readonly trial?: boolean
  /** Name of the policy. Default: `allow-<service>` or `deny-<service>`, numbered from the second on. */
  readonly name?: string
}

/** By name: the value, or several of which one must fit. */
export interface Expected {
  readonly [name: string]: string | readonly string[]
}

/**
 * Somebody who asks. A service is known by its account, which all its versions share, and so is a gateway; both need
 * mutual TLS.
 */
export type Caller = AnyService | Gateway | NamespaceCaller | PrincipalCaller | TokenCaller | AddressCaller

interface OneKind {
  readonly namespace?: never
  readonly principal?: never
  readonly token?: never
  readonly address?: never
}

/** Any workload of a namespace; `*` stands for any text. */
export interface NamespaceCaller extends Omit<OneKind, 'namespace'> {
  readonly namespace: string
}

/** An identity as it is, `cluster.local/ns/shop/sa/cart`; a `*` may stand at one end. */
export interface PrincipalCaller extends Omit<OneKind, 'principal'> {
  readonly principal: string
}

/** Whoever brings a verified token: `issuer/subject`, `issuer/*`, or `*` for any. */
export interface TokenCaller extends Omit<OneKind, 'token'> {
  readonly token: string
}

/** An address or a CIDR that the connection comes from. */
export interface AddressCaller extends Omit<OneKind, 'address'> {
  readonly address: string
}
