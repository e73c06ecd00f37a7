import type { At } from './node.ts'

/** What proxies note down of the traffic that they carry: of a whole installation, or of one side of one proxy's traffic. */
export interface Recording {
  /** A line for each request, and for each connection that is no HTTP, on the proxy's standard output. */
  readonly accessLog: boolean
  /** Which of them are worth a line, in CEL over Envoy's attributes. Absent: all. */
  readonly logCondition?: string
  /** Share of requests that are marked for tracing where nobody before has decided, percent; absent: none is looked at. */
  readonly traceSampling?: number
  /** The policies that it comes from, beside what is said for the whole installation. Absent: none. */
  readonly from?: readonly At[]
}

/** Where nothing is said, as on one machine: every request has its line. */
export const defaultRecording: Recording = { accessLog: true }
