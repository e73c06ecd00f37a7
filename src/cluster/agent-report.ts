/** One replica, for `mesh status`. */
export interface AgentReport {
  readonly name: string
  readonly revision: string | null
  readonly isWriter: boolean
  /** Whose the proxies are: `envoy` (ours) or `istio`. */
  readonly target: string
  readonly proxies: number
  /** Of these, how many have accepted all that they were sent. */
  readonly accepted: number
  readonly authority: { readonly secret: string; readonly notAfter: number }
  /** Objects of the cluster that are left out, and why. */
  readonly findings: readonly string[]
}
