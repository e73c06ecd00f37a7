import type { ObjectMeta, Resource } from '../resource.ts'
import { conflict, missing, type RuleFinding } from '../rule-finding.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import { type PolicyTargetReference, targetRules } from './policy-target.ts'
import type { ExtensionTrafficSelector, WasmModule } from './wasm-plugin.ts'
import { extensionMatchRules, wasmModuleRules } from './wasm-plugin-rules.ts'

/** Adds a filter of one’s own, in WebAssembly or Lua, to the proxies of some workloads. */
export interface TrafficExtension {
  /** Group and version; there is no other. */
  apiVersion: 'extensions.istio.io/v1alpha1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'TrafficExtension'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Which workloads, what is added, and where in the chain of filters. */
  spec: TrafficExtensionSpec
}

export interface TrafficExtensionSpec {
  /** Which workloads of the namespace. Default: all of them; in the mesh’s root namespace, all of the mesh. */
  selector?: WorkloadSelector
  /**
   * What the extension hangs on, in place of a selector; 16 at most. Default: nothing.
   * @maxItems 16
   */
  targetRefs?: PolicyTargetReference[]
  /** Which traffic passes the extension: any of these. Default: all. */
  match?: ExtensionTrafficSelector[]
  /**
   * Before which filters of Istio’s it stands: those that find out who calls (`AUTHN`), that decide what is allowed
   * (`AUTHZ`), or that count (`STATS`). Default: last of all, before the router.
   */
  phase?: 'UNSPECIFIED' | 'AUTHN' | 'AUTHZ' | 'STATS'
  /**
   * Among extensions of one phase the greater goes first; of equal ones the order is by namespace and name. Default: 0.
   * @format int32
   */
  priority?: number
  /** Code in WebAssembly. Either this or `lua` is needed. */
  wasm?: WasmModule
  /** Code in Lua. Either this or `wasm` is needed. */
  lua?: LuaScript
}

export interface LuaScript {
  /**
   * The program, which defines `envoy_on_request`, `envoy_on_response` or both; 65536 characters at most.
   * @minLength 1
   * @maxLength 65536
   */
  inlineCode: string
}

/** Istio's validation of TrafficExtension. */
export function* trafficExtensionRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as TrafficExtension
  yield* targetRules(spec)
  if (spec.wasm === undefined && spec.lua === undefined) yield missing('/spec', 'wasm or lua')
  if (spec.wasm !== undefined && spec.lua !== undefined) yield conflict('/spec/lua', 'wasm')
  if (spec.lua !== undefined && !/\benvoy_on_re(quest|sponse)\b/.test(spec.lua.inlineCode))
    yield missing('/spec/lua/inlineCode', 'the function envoy_on_request or envoy_on_response, which Envoy calls')
  if (spec.wasm !== undefined) yield* wasmModuleRules(spec.wasm, '/spec/wasm')
  yield* extensionMatchRules(spec.match, '/spec/match')
}
