/** Names of objects, as Kubernetes takes them. Runs inside the sandbox too. */

export interface NameForm {
  readonly pattern: RegExp
  readonly what: string
}

/** A DNS label: RFC 1123, as Kubernetes reads it. */
const dnsLabel: NameForm = { pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, what: 'a DNS label' }

/** Kinds whose objects may be called less than all others. */
const narrow = {
  Namespace: dnsLabel,
  /** Istio's. */
  Gateway: dnsLabel,
  // Its name also begins with a letter (RFC 1035).
  Service: { pattern: /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, what: 'a DNS label that begins with a letter' },
}
export type NarrowKind = keyof typeof narrow

const narrowKinds: ReadonlyMap<string, NameForm> = new Map([
  ['v1 Namespace', narrow.Namespace],
  ['v1 Service', narrow.Service],
  ...['v1', 'v1beta1', 'v1alpha3'].map(version => [`networking.istio.io/${version} Gateway`, narrow.Gateway] as const),
])

/** Labels joined by dots, 253 characters at most. */
const otherForm: NameForm = {
  pattern: /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  what: 'a DNS subdomain',
}

/** Of kinds that nobody here knows: `cert-manager:edit` is a good name for a ClusterRole. */
const anyForm: NameForm = { pattern: /^(?!\.{1,2}$)[^/%]{1,253}$/, what: 'free of "/" and "%"' }

/** What is demanded of the names of a kind that takes fewer than most. */
export function narrowForm(kind: NarrowKind): NameForm {
  return narrow[kind]
}

/** What most kinds demand of their names. */
export const commonForm = otherForm

/**
 * What Kubernetes demands of the names of a kind.
 *
 * @param isKnown is the kind one of ours? Of others nobody but the API server knows more than what all have in common
 */
export function nameForm({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }, isKnown = true) {
  return narrowKinds.get(`${apiVersion} ${kind}`) ?? (isKnown ? otherForm : anyForm)
}

/** The nearest name that every kind takes: lower case, hyphens for what is not allowed. */
export function suggestedName(name: string): string {
  const cleaned = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .replace(/^(?=[0-9])/, 's-')
    .slice(0, 63)
    .replace(/-+$/, '')
  return cleaned === '' ? 'my-service' : cleaned
}
