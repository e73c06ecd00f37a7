import type { LogSink } from './log-sink.ts'
import type { Collector } from './mesh-settings.ts'
import type { At } from './node.ts'

/** What proxies note down of the traffic that they carry: of a whole installation, or of one side of one proxy's traffic. */
export interface Recording {
  /** A line for each request, and for each connection that is no HTTP, on the proxy's standard output. */
  readonly accessLog: boolean
  /** Who is given lines, in place of the standard output alone. Absent: as `accessLog` says. */
  readonly logs?: readonly Log[]
  /** Share of requests that are marked for tracing where nobody before has decided, percent; absent: none is looked at. */
  readonly traceSampling?: number
  /** Who is told of what is traced, by name; absent: whoever a proxy's own bootstrap says. */
  readonly collector?: string
  /** The same, where they are there. */
  readonly tracer?: Tracer
  /** More about each request that is traced; absent: nothing. */
  readonly traceTags?: readonly TraceTag[]
  /** The longest path that a span keeps, bytes, where its collector does not say it. Absent: as Envoy has it. */
  readonly maxPathBytes?: number
  /** Absent: the proxy goes on with a trace in the headers that it sends. */
  readonly isTraceHidden?: true
  /** Absent: the request's id tells whether it is traced, and others go by it. */
  readonly isTraceUnmarked?: true
  /** Absent: spans say by Istio's tags which workload of which mesh they are of. */
  readonly isUntagged?: true
  /** The policies that it comes from, beside what is said for the whole installation. Absent: none. */
  readonly from?: readonly At[]
}

/** Someone who is given lines of access logs. */
export interface Log {
  /** By which policies know it. */
  readonly name: string
  /** Which requests are worth a line, in CEL over Envoy's attributes. Absent: all. */
  readonly condition?: string
  /** Absent: the proxy's standard output, in the form of our own. */
  readonly sink?: LogSink
}

/** The proxy's own standard output, under the name that Istio has for it. */
export const standardLog: Log = { name: 'envoy' }

/** Who is given lines of what is recorded so. */
export function logsOf({ accessLog, logs }: Recording): readonly Log[] {
  return logs ?? (accessLog ? [standardLog] : [])
}

/** Who is told of traces, and by what a proxy's spans are known there. */
export interface Tracer {
  readonly collector: Collector
  readonly origin: Origin
}

/** What a workload calls itself, by Istio's labels. */
export interface Origin {
  readonly service: string
  readonly revision: string
  readonly namespace: string
  /** The mesh's trust domain. */
  readonly mesh: string
}

/** Something that is noted down of a request that is traced. */
export type TraceTag =
  | { readonly kind: 'literal'; readonly name: string; readonly value: string }
  /** A variable of the proxy's environment, or a header of the request. */
  | {
      readonly kind: 'environment' | 'header'
      readonly name: string
      readonly source: string
      readonly absent?: string
    }
  /** In the words of Envoy's access logs. */
  | { readonly kind: 'format'; readonly name: string; readonly format: string }

/** Where nothing is said, as on one machine: every request has its line. */
export const defaultRecording: Recording = { accessLog: true }
