/** What proxies note down of the traffic that they carry: said once for a whole installation. */
export interface Recording {
  /** A line for each request, and for each connection that is no HTTP, on the proxy's standard output. */
  readonly accessLog: boolean
  /** Share of requests that are marked for tracing where nobody before has decided, percent; absent: none is looked at. */
  readonly traceSampling?: number
}

/** Where nothing is said, as on one machine: every request has its line. */
export const defaultRecording: Recording = { accessLog: true }
