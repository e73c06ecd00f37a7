/** What both kinds of webhook configurations have in common. */
import { isFqdn } from '../forms.ts'
import { badForm, conflict, missing, type RuleFinding, twice } from '../rule-finding.ts'
import type { LabelSelector } from './pod-template.ts'

export interface AdmissionWebhook {
  /** A DNS name of at least three labels, unique in the configuration: `inject.mesh.example.com`. */
  name: string
  /** Who is asked. */
  clientConfig: WebhookClientConfig
  /** Versions of the question that it understands, the preferred one first: `v1`. */
  admissionReviewVersions: string[]
  /** Does asking it change anything beside the object? */
  sideEffects: 'None' | 'NoneOnDryRun'
  /** What it is asked about. Default: nothing. */
  rules?: WebhookRule[]
  /** What happens to objects while nobody answers: they are refused, or let in. Default: `Fail`. */
  failurePolicy?: 'Fail' | 'Ignore'
  /** Is it asked about other versions of the kinds of its rules, too? Default: `Equivalent`, it is. */
  matchPolicy?: 'Exact' | 'Equivalent'
  /** Labels of namespaces whose objects it is asked about. Default: all. */
  namespaceSelector?: LabelSelector
  /** Labels of objects that it is asked about. Default: all. */
  objectSelector?: LabelSelector
  /**
   * Time for an answer, in seconds, 1–30. Default: 10.
   * @minimum 1
   * @maximum 30
   */
  timeoutSeconds?: number
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface WebhookClientConfig {
  /** A Service of the cluster. Excludes `url`; one of the two is needed. */
  service?: WebhookService
  /** Where it is, beginning with `https://`. Excludes `service`; one of the two is needed. */
  url?: string
  /** Authorities by which its certificate is believed, PEM in Base64. Default: those that the API server’s system believes. */
  caBundle?: string
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface WebhookService {
  /** Name of the Service. */
  name: string
  /** Its namespace. */
  namespace: string
  /** Path of the request. Default: `/`. */
  path?: string
  /**
   * Port of the Service, 1–65535. Default: 443.
   * @minimum 1
   * @maximum 65535
   */
  port?: number
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface WebhookRule {
  /** API groups; the core group is an empty text, and `*` is all. */
  apiGroups: string[]
  /** Versions of these; `*` is all. */
  apiVersions: string[]
  /** What is done to objects. */
  operations: ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | '*')[]
  /** Plurals of kinds, as in paths: `pods`, `pods/status`; `*` is all. */
  resources: string[]
  /** Objects in namespaces, those in none, or both. Default: `*`. */
  scope?: 'Cluster' | 'Namespaced' | '*'
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

/** What the API server demands of webhooks. */
export function* webhookRules(webhooks: readonly AdmissionWebhook[] | null | undefined): Iterable<RuleFinding> {
  const all = webhooks ?? []
  for (const [index, { name, clientConfig }] of all.entries()) {
    const pointer = `/webhooks/${index}`
    if (!isFqdn(name) || name.split('.').length < 3)
      yield badForm(
        `${pointer}/name`,
        name,
        'a DNS name of at least three labels',
        'write it like inject.mesh.example.com',
      )
    const { service, url } = clientConfig
    if (service === undefined && url === undefined) yield missing(`${pointer}/clientConfig`, 'a service, or a url')
    if (service !== undefined && url !== undefined) yield conflict(`${pointer}/clientConfig/url`, 'the service')
    if (url !== undefined && !url.startsWith('https://'))
      yield badForm(`${pointer}/clientConfig/url`, url, 'an address by https', 'begin it with https://')
  }
  yield* twice(
    all.map(({ name }) => name),
    index => `/webhooks/${index}/name`,
  )
}
