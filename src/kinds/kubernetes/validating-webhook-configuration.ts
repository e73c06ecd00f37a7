import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import { type AdmissionWebhook, webhookRules } from './webhook.ts'

/** Who may refuse objects before the API server takes them. */
export interface ValidatingWebhookConfiguration {
  /** Group and version of the Kubernetes API: `admissionregistration.k8s.io/v1`. */
  apiVersion: 'admissionregistration.k8s.io/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'ValidatingWebhookConfiguration'
  /** Name, labels and annotations; it is in no namespace. */
  metadata: ObjectMeta
  /** The webhooks, asked all at once. Default: none. */
  webhooks?: AdmissionWebhook[] | null
}

/** What the API server demands of a ValidatingWebhookConfiguration. */
export function validatingWebhookRules(resource: Resource): Iterable<RuleFinding> {
  return webhookRules((resource as unknown as ValidatingWebhookConfiguration).webhooks)
}
