/** What is set for a whole mesh, beside what each resource says (Istio's MeshConfig). */

import type { Retries } from './http-route.ts'
import type { LocalityPreference } from './locality.ts'
import type { LogFormat, LogSink } from './log-sink.ts'
import type { At, Node } from './node.ts'
import type { ProviderService } from './provider-service.ts'
import type { ProxySetup } from './proxy-setup.ts'
import type { TraceTag } from './recording.ts'
import type { UnknownHosts } from './scope.ts'
import type { Service } from './service.ts'
import type { TrafficPolicy } from './traffic-policy.ts'

export type { ProviderService } from './provider-service.ts'

/** All that one text says; the node is what holds the text. */
export interface MeshSettings extends Node {
  readonly providers: readonly Provider[]
  /** Who collects traces where no Telemetry says so, by name. Absent: nobody. */
  readonly defaultCollector?: string
  /** Absent: as an installation has it. */
  readonly logging?: LogSettings
  /** What becomes of calls to hosts that nobody declared, where no scope says so. Absent: they are passed on. */
  readonly unknownHosts?: UnknownHosts
  /** How proxies are run, where nothing narrower says it. */
  readonly proxies?: ProxySetup
  /** Share of requests that are traced where no Telemetry says it, percent. Absent: as an installation has it. */
  readonly traceSampling?: number
  /** What is noted down of each request that is traced, where no Telemetry says it. Absent: nothing more. */
  readonly traceTags?: readonly TraceTag[]
  /** The longest path that a span keeps, bytes, where its collector does not say it. Absent: as Envoy has it. */
  readonly maxPathBytes?: number
  readonly dns: DnsWishes
  /** How services are called, where no policy says so. Absent: as `TrafficPolicy` has it. */
  readonly traffic?: TrafficDefaults
  /** Tries after the first, where no route says so. Absent: as `Retries` has it. */
  readonly retries?: Retries
  /** What holds for the whole mesh stands in this namespace, and no more in Istio's. */
  readonly rootNamespace?: string
  /** Which namespaces see what does not say it. Absent: all. */
  readonly exportTo?: ExportDefaults
  /** Trust domains that count as the mesh's own, beside it. */
  readonly trustAliases?: readonly string[]
  readonly wide?: WideSettings
}

export interface ExportDefaults {
  readonly services?: readonly string[]
  readonly routings?: readonly string[]
  readonly destinations?: readonly string[]
}

/** What concerns every listener and cluster alike. */
export interface WideSettings {
  /** What becomes of paths before anybody looks at them, each with what the one before does. */
  readonly paths?: 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES'
  /** 0: for ever. */
  readonly detectionMs?: number
  readonly dnsRefreshMs?: number
  /** Proxies before gateways, whose word about clients' addresses is taken. */
  readonly trustedProxies?: number
  /** What gateways make of what clients say of certificates. */
  readonly clientCerts?: ForwardedCerts
  /** Do connections to gateways begin with a PROXY header? Absent: no. */
  readonly takesProxyHeader?: true
  /** Do proxies of pods look for applications at 127.0.0.1? Absent: where callers did. */
  readonly areAtLocalhost?: true
  /** Where applications find a proxy of HTTP, at 127.0.0.1. Absent: nowhere. */
  readonly httpProxyPort?: number
  /** Between proxies. */
  readonly meshTls?: TlsLimits
  /** With everybody else, where nobody says it. */
  readonly otherTls?: TlsLimits
  /** Which headers proxies add. Absent: as they do anyway. */
  readonly headers?: HeaderSettings
}

/** What becomes of a client's word about certificates, in X-Forwarded-Client-Cert. */
export type ForwardedCerts = 'SANITIZE' | 'FORWARD_ONLY' | 'APPEND_FORWARD' | 'SANITIZE_SET' | 'ALWAYS_FORWARD_ONLY'

/** What is absent is as proxies do anyway. */
export interface HeaderSettings {
  /** What sidecars make of what callers say of certificates. */
  readonly clientCerts?: ForwardedCerts
  /** What they say of the caller's own. */
  readonly certDetails?: Readonly<{ [part in 'subject' | 'cert' | 'chain' | 'dns' | 'uri']?: boolean }>
  readonly isWithoutId?: true
  /** Who answers say they come from: what the application says, or one name. */
  readonly server?: 'application' | { readonly name: string }
  readonly isWithoutAttempt?: true
  readonly isWithoutDebug?: true
  /** Of names in HTTP/1.1. */
  readonly keepsCase?: true
}

export interface TlsLimits {
  readonly minVersion?: 'TLSV1_3'
  /** Of TLS 1.2; empty: Envoy's. */
  readonly cipherSuites: readonly string[]
  /** Empty: Envoy's. */
  readonly curves: readonly string[]
}

/** Which of pods' questions for names proxies take in. What is absent is left to whoever is asked next. */
export interface DnsWishes {
  readonly captures?: boolean
  /** Do hosts without addresses get automatic ones? */
  readonly allocates?: boolean
}

export interface TrafficDefaults extends Pick<TrafficPolicy, 'connectionPool' | 'outlierDetection'> {
  /** Do proxies speak plain text with each other where no policy says how they speak? */
  readonly isPlain?: true
  readonly locality?: LocalityPreference
}

/** Where lines of access logs go, and what they look like, where no Telemetry says so. */
export interface LogSettings {
  /** Who is given them, by name. Absent: `file` says. */
  readonly defaults?: readonly string[]
  /** Path of a file; empty: nowhere. Absent: as an installation has it. */
  readonly file?: string
  /** Of lines that say nothing themselves. Absent: `LogSink` tells. */
  readonly format?: LogFormat
}

/** A service that proxies ask or tell, by the name that policies know it by. */
export type Provider = Authorizer | Collector | LogProvider | OtherProvider

/** Someone that is not brought to Envoy; who names it is told so. */
export interface OtherProvider {
  readonly kind: 'other'
  readonly name: string
  readonly at: At
}

/** Is given lines of access logs. */
export interface LogProvider {
  readonly kind: 'log'
  readonly name: string
  readonly at: At
  readonly sink: LogSink
}

/** Collects traces. */
export type Collector = CollectorBase &
  (
    | { readonly protocol: 'otlp-grpc' }
    | { readonly protocol: 'otlp-http'; readonly path: string; readonly timeoutMs: number }
    | { readonly protocol: 'zipkin'; readonly path: string; readonly hasShortIds: boolean }
  )

interface CollectorBase {
  readonly kind: 'collector'
  readonly name: string
  readonly at: At
  readonly service: ProviderService
  /** The longest path that a span keeps. Absent: as Envoy has it. */
  readonly maxPathBytes?: number
}

/** Decides who comes in. */
export interface Authorizer {
  readonly kind: 'authorizer'
  readonly name: string
  readonly at: At
  readonly protocol: 'http' | 'grpc'
  readonly service: ProviderService
  readonly timeoutMs: number
  /** Do requests go on when nobody answers? */
  readonly isOpenOnError: boolean
  /** Of the answer to the client when nobody answers. Absent: 403. */
  readonly statusOnError?: number
  readonly body?: { readonly maxBytes: number; readonly isPartial: boolean; readonly isBytes: boolean }
  readonly clearsRoute: boolean
  /** Before the path that it is asked for. HTTP only. */
  readonly pathPrefix?: string
  /** Of the request, that it is told; a `*` at an edge stands for any text. HTTP only, as all that follows. */
  readonly toldHeaders: readonly string[]
  readonly addedHeaders: readonly { readonly name: string; readonly value: string }[]
  /** Of its consent, for the application. */
  readonly upstreamHeaders: readonly string[]
  /** Of its refusal, for the client. */
  readonly refusalHeaders: readonly string[]
  /** Of its consent, for the client. */
  readonly consentHeaders: readonly string[]
}

interface SettingsContext {
  readonly settings?: readonly MeshSettings[]
  readonly rootNamespaces: readonly string[]
}

/** Those that hold: of several root namespaces, the first that has any. */
export function settingsOf({ settings = [], rootNamespaces }: SettingsContext): MeshSettings | undefined {
  for (const root of rootNamespaces) {
    const own = settings.find(({ namespace }) => namespace === root)
    if (own !== undefined) return own
  }
  return undefined
}

const none: readonly Provider[] = []

/** The same list for as long as the text stays the same. */
export function providersOf(context: SettingsContext): readonly Provider[] {
  return settingsOf(context)?.providers ?? none
}

/** The service that is meant; undefined where there is none of this host with this port. */
export function serviceOf(
  { host, namespace, port }: ProviderService,
  services: readonly Service[],
): Service | undefined {
  return services.find(
    service =>
      service.host === host &&
      (namespace === undefined || service.namespace === namespace) &&
      service.ports.some(({ number }) => number === port),
  )
}
