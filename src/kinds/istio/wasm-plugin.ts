import type { AnyFields, ObjectMeta } from '../resource.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import type { PolicyTargetReference } from './policy-target.ts'

/** Adds a filter that is written in WebAssembly to the proxies of some workloads. */
export interface WasmPlugin {
  /** Group and version; there is no other. */
  apiVersion: 'extensions.istio.io/v1alpha1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'WasmPlugin'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Which workloads, what is added, and where in the chain of filters. */
  spec: WasmPluginSpec
}

export interface WasmPluginSpec extends WasmModule {
  /** Which workloads of the namespace. Default: all of them; in the mesh’s root namespace, all of the mesh. */
  selector?: WorkloadSelector
  /** What the plugin hangs on, in place of a selector. Default: nothing. */
  targetRef?: PolicyTargetReference
  /**
   * Several such, 16 at most. Default: none.
   * @maxItems 16
   */
  targetRefs?: PolicyTargetReference[]
  /** Which traffic passes the plugin: any of these. Default: all. */
  match?: ExtensionTrafficSelector[]
  /**
   * Before which filters of Istio’s it stands: those that find out who calls (`AUTHN`), that decide what is allowed
   * (`AUTHZ`), or that count (`STATS`). Default: last of all, before the router.
   */
  phase?: 'UNSPECIFIED_PHASE' | 'AUTHN' | 'AUTHZ' | 'STATS'
  /**
   * Among plugins of one phase the greater goes first; of equal ones the order is by namespace and name. Default: 0.
   * @format int32
   */
  priority?: number
}

/** Code for WebAssembly: where it comes from, and how it is run. */
export interface WasmModule {
  /**
   * Where the code is: `oci://`, `http://`, `https://` or `file://`; without a scheme it is an OCI image.
   * @minLength 1
   */
  url: string
  /**
   * Digest of the module or image, in 64 hexadecimal digits; code with another one is refused. Default: not looked at.
   * @pattern (^$|^[a-f0-9]{64}$)
   */
  sha256?: string
  /**
   * When an image is fetched again. Default: `Always` for the tag `latest`, else `IfNotPresent`; one with a digest is
   * fetched once.
   */
  imagePullPolicy?: 'UNSPECIFIED_POLICY' | 'IfNotPresent' | 'Always'
  /**
   * Secret of the same namespace with the registry’s credentials, by name. Default: none are shown.
   * @minLength 1
   * @maxLength 253
   */
  imagePullSecret?: string
  /** Reserved: Istio looks at no signatures yet. Default: none. */
  verificationKey?: string
  /** What the plugin is told when it starts, in fields of its own. Default: nothing. */
  pluginConfig?: AnyFields
  /**
   * Which of several plugins in one module, by its name of up to 256 characters. Default: the module’s only one.
   * @minLength 1
   * @maxLength 256
   */
  pluginName?: string
  /**
   * What becomes of requests when the plugin cannot be fetched or crashes: refused, let past it, or refused until it has
   * been started anew. Default: `FAIL_CLOSE`.
   */
  failStrategy?: 'FAIL_CLOSE' | 'FAIL_OPEN' | 'FAIL_RELOAD'
  /** The virtual machine that it runs in. Default: one without an environment. */
  vmConfig?: WasmVmConfig
  /** Whether it is a filter of HTTP or of connections. Default: `HTTP`. */
  type?: 'UNSPECIFIED_PLUGIN_TYPE' | 'HTTP' | 'NETWORK'
}

export interface WasmVmConfig {
  /**
   * Environment variables that the plugin sees, each name once, 256 at most. Default: none.
   * @maxItems 256
   */
  env?: WasmEnvironmentVariable[]
}

export interface WasmEnvironmentVariable {
  /**
   * The variable’s name, 256 characters at most.
   * @minLength 1
   * @maxLength 256
   */
  name: string
  /** Whether the value stands here, or is that of the proxy’s own environment (`HOST`). Default: `INLINE`. */
  valueFrom?: 'INLINE' | 'HOST'
  /**
   * The value, 2048 characters at most; only with `INLINE`. Default: empty.
   * @maxLength 2048
   */
  value?: string
}

/** Traffic to which all that is named applies. */
export interface ExtensionTrafficSelector {
  /** What the workload is in it: the one that calls, the one that is called, or either. Default: either. */
  mode?: 'UNDEFINED' | 'CLIENT' | 'SERVER' | 'CLIENT_AND_SERVER'
  /** Ports of the one that is called, each once. Default: all. */
  ports?: ExtensionPort[]
}

export interface ExtensionPort {
  /**
   * The port’s number, 1–65535.
   * @minimum 1
   * @maximum 65535
   */
  number: number
}
