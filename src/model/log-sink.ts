import type { ProviderService } from './provider-service.ts'

/** Where lines of access logs go, and what they look like. */
export type LogSink = FileSink | OtelSink | ServiceSink

/** A file on the proxy's disk; its standard output and error are among them. */
export interface FileSink {
  readonly kind: 'file'
  readonly path: string
  /** Absent: as MeshConfig has it, or else JSON with fields of our own. */
  readonly format?: LogFormat
}

/** Takes lines in OpenTelemetry's form. */
export interface OtelSink {
  readonly kind: 'otel'
  readonly service: ProviderService
  readonly logName: string
  /** The line, as a text that Envoy fills in. */
  readonly text: string
  /** More about each, by name; Envoy fills them in. */
  readonly labels: readonly NamedFormat[]
  readonly states: readonly string[]
}

/** Takes what Envoy knows of each request, or of each connection that is no HTTP, in Envoy's own form. */
export interface ServiceSink {
  readonly kind: 'requests' | 'connections'
  readonly service: ProviderService
  readonly logName: string
  /** Names of filter states that are told. */
  readonly states: readonly string[]
  /** Of requests only: names of headers that are told. */
  readonly headers: Readonly<Record<'request' | 'response' | 'trailer', readonly string[]>>
}

export interface NamedFormat {
  readonly name: string
  readonly format: string
}

/** In the words of Envoy's access logs. */
export type LogFormat =
  | { readonly kind: 'text'; readonly text: string; readonly omitsEmpty: boolean }
  | { readonly kind: 'json'; readonly fields: LogFields; readonly omitsEmpty: boolean }

/** What an object of JSON holds: texts are filled in. */
export interface LogFields {
  readonly [name: string]: unknown
}

/** Path of the proxy's standard output. */
export const standardOutput = '/dev/stdout'
