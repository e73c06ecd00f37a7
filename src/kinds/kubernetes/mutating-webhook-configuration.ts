import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import { type AdmissionWebhook, webhookRules } from './webhook.ts'

/** Who may change objects before the API server takes them. */
export interface MutatingWebhookConfiguration {
  /** Group and version of the Kubernetes API: `admissionregistration.k8s.io/v1`. */
  apiVersion: 'admissionregistration.k8s.io/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'MutatingWebhookConfiguration'
  /** Name, labels and annotations; it is in no namespace. */
  metadata: ObjectMeta
  /** The webhooks, asked one after another. Default: none. */
  webhooks?: MutatingWebhook[] | null
}

// The generator of schemas knows of no index that is inherited.
export interface MutatingWebhook extends AdmissionWebhook {
  /** Is it asked again where a later one has changed the object? Default: `Never`. */
  reinvocationPolicy?: 'Never' | 'IfNeeded'
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

/** What the API server demands of a MutatingWebhookConfiguration. */
export function mutatingWebhookRules(resource: Resource): Iterable<RuleFinding> {
  return webhookRules((resource as unknown as MutatingWebhookConfiguration).webhooks)
}
