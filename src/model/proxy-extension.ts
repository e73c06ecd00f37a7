import type { TargetedNode } from './policy-target.ts'
import type { RemotePlace } from './remote-place.ts'
import type { TrafficSide } from './telemetry-policy.ts'

/** A filter of one's own in the proxies of some workloads (WasmPlugin, TrafficExtension). */
export interface ProxyExtension extends TargetedNode {
  /** By which proxies ask for it; no two have the same. */
  readonly id: string
  /** Before which filters it stands; absent: last of all. */
  readonly phase?: 'AUTHN' | 'AUTHZ' | 'STATS'
  /** Among those of one phase the greater goes first. */
  readonly priority: number
  /** Any of these; absent: all traffic. */
  readonly traffic?: readonly ExtensionTraffic[]
  /** What it looks into: requests, or bytes. */
  readonly carries: 'http' | 'tcp'
  readonly code: LuaCode | WasmCode | NoCode
}

export interface ExtensionTraffic {
  /** Absent: both. */
  readonly side?: TrafficSide
  /** Absent: all. */
  readonly ports?: readonly number[]
}

export interface LuaCode {
  readonly kind: 'lua'
  readonly script: string
}

/** Code that can't be had, without which nothing may pass. */
export interface NoCode {
  readonly kind: 'none'
}

export interface WasmCode {
  readonly kind: 'wasm'
  readonly source: WasmSource
  /** What it is told when it starts, as JSON. Absent: nothing. */
  readonly config?: string
  /** Which of a module's plugins. Absent: its only one. */
  readonly plugin?: string
  readonly onFailure: 'FAIL_CLOSED' | 'FAIL_OPEN' | 'FAIL_RELOAD'
  /** Values of environment variables, by name. */
  readonly environment: Readonly<{ [name: string]: string }>
  /** Variables whose values are those of the proxy's own. */
  readonly ownEnvironment: readonly string[]
}

/** Where code is: on the proxy's disk, or at a server. */
export type WasmSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'remote'; readonly place: RemotePlace; readonly sha256: string }
