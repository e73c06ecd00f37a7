/** Names of workloads in Istio's form of a SPIFFE ID: `spiffe://cluster.local/ns/shop/sa/reviews`. */
export interface SpiffeId {
  readonly trustDomain: string
  readonly namespace: string
  readonly serviceAccount: string
}

export function spiffeUri({ trustDomain, namespace, serviceAccount }: SpiffeId): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`
}

/** What SPIFFE and Kubernetes allow in the parts of a name. */
const trustDomainForm = /^[a-z0-9._-]{1,255}$/
const nameForm = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/

/** Can these be a workload's name? Whatever is not of this form is never put into a certificate. */
export function isSpiffeId({ trustDomain, namespace, serviceAccount }: SpiffeId): boolean {
  return trustDomainForm.test(trustDomain) && nameForm.test(namespace) && nameForm.test(serviceAccount)
}
