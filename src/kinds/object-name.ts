/** Names of objects, as Kubernetes takes them. Runs inside the sandbox too. */

export interface NameForm {
  readonly pattern: RegExp
  readonly what: string
}

/** A DNS label: RFC 1123, as Kubernetes reads it. */
const dnsLabel: NameForm = { pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, what: 'a DNS label' }

const forms: { readonly [kind: string]: NameForm } = {
  Namespace: dnsLabel,
  Gateway: dnsLabel,
  // Its name also begins with a letter (RFC 1035).
  Service: { pattern: /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, what: 'a DNS label that begins with a letter' },
}
/** Labels joined by dots, 253 characters at most. */
const otherForm: NameForm = {
  pattern: /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  what: 'a DNS subdomain',
}

/** What Kubernetes demands of the names of a kind. */
export function nameForm(kind: string): NameForm {
  return forms[kind] ?? otherForm
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
