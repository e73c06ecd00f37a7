import type { Resource } from '../resource.ts'
import { badForm, conflict, missing, type RuleFinding, unknownWord } from '../rule-finding.ts'
import type { AuthorizationPolicy, AuthorizationPolicySpec, AuthorizationRule } from './authorization-policy.ts'
import { attributeOf, conditionKeys, operationFields, sourceFields } from './authorization-policy-lowering.ts'
import { valueRules } from './authorization-value-rules.ts'
import { dryRunAnnotation, dryRunOf, dryRunPlace, targetRules } from './policy-target.ts'

/** Istio's validation of AuthorizationPolicy. */
export function* authorizationPolicyRules(resource: Resource): Iterable<RuleFinding> {
  const { spec = {} } = resource as unknown as AuthorizationPolicy
  yield* trialRules(resource, spec)
  yield* targetRules(spec)
  yield* actionRules(spec)
  for (const [index, rule] of (spec.rules ?? []).entries())
    yield* ruleRules(rule, `/spec/rules/${index}`, spec.action === 'CUSTOM')
}

function* trialRules({ metadata: { annotations } }: Resource, { action }: AuthorizationPolicySpec) {
  const isTrial = dryRunOf(annotations)
  if (isTrial === undefined) yield badForm(dryRunPlace, annotations![dryRunAnnotation]!, 'true or false')
  else if (annotations?.[dryRunAnnotation] !== undefined && (action === 'AUDIT' || action === 'CUSTOM'))
    yield conflict(dryRunPlace, `action ${action}: only ALLOW and DENY can be tried out`)
}

function* actionRules({ action, provider, rules }: AuthorizationPolicySpec): Iterable<RuleFinding> {
  const hasRules = (rules ?? []).length > 0
  if (action === 'CUSTOM') {
    if (provider?.name === undefined || provider.name === '') yield missing('/spec', 'provider.name: who is asked')
    if (!hasRules) yield missing('/spec', 'rules: which requests it is asked about')
    return
  }
  if (provider !== undefined) yield conflict('/spec/provider', `action ${action ?? 'ALLOW'}: only CUSTOM asks anybody`)
  if (action === 'DENY' && !hasRules) yield missing('/spec', 'rules: which requests are refused')
}

function* ruleRules(rule: AuthorizationRule, pointer: string, isCustom: boolean): Iterable<RuleFinding> {
  for (const part of ['from', 'to', 'when'] as const)
    if (rule[part]?.length === 0)
      yield missing(`${pointer}/${part}`, 'an item: an empty list means anybody or anything')
  for (const [index, { source }] of (rule.from ?? []).entries()) {
    const place = `${pointer}/from/${index}/source`
    yield* listRules(source, sourceFields, place, isCustom)
    yield* accountRules(source, place)
  }
  for (const [index, { operation }] of (rule.to ?? []).entries())
    yield* listRules(operation, operationFields, `${pointer}/to/${index}/operation`, isCustom)
  for (const [index, condition] of (rule.when ?? []).entries()) {
    const place = `${pointer}/when/${index}`
    const attribute = attributeOf(condition.key)
    if (attribute === undefined) {
      yield unknownKey(`${place}/key`, condition.key)
      continue
    }
    const { values = [], notValues = [] } = condition
    if (values.length + notValues.length === 0) yield missing(place, 'values or notValues')
    if (isCustom && notForProviders.has(attribute.kind)) yield notForProvider(`${place}/key`)
    yield* valueRules(attribute, values, `${place}/values`)
    yield* valueRules(attribute, notValues, `${place}/notValues`)
  }
}

/** Attributes that a provider can't be asked about: it is asked before certificates and tokens are looked at. */
const notForProviders: ReadonlySet<string> = new Set([
  'principal',
  'namespace',
  'service-account',
  'trust-domain',
  'token-principal',
  'token-audience',
  'token-presenter',
  'claim',
])

function notForProvider(pointer: string): RuleFinding {
  return conflict(pointer, 'action CUSTOM, which cannot depend on who asks')
}

type Lists = Readonly<{ [field: string]: readonly string[] | undefined }>

function* listRules(
  body: object,
  fields: typeof sourceFields | typeof operationFields,
  pointer: string,
  isCustom: boolean,
): Iterable<RuleFinding> {
  if (Object.keys(body).length === 0) yield missing(pointer, 'a field: without any it is anybody and anything')
  for (const [field, [kind, notField]] of Object.entries(fields)) {
    for (const name of [field, notField]) {
      const values = (body as Lists)[name]
      if (values === undefined) continue
      const place = `${pointer}/${name}`
      if (values.length === 0) yield missing(place, 'a value: an empty list means anybody or anything')
      if (isCustom && notForProviders.has(kind)) yield notForProvider(place)
      yield* valueRules({ kind }, values, place)
    }
  }
}

/** The shorter form of identities stands alone (Istio's rule). */
function* accountRules(source: object, pointer: string): Iterable<RuleFinding> {
  const has = (field: string) => (source as Lists)[field] !== undefined
  if (!has('serviceAccounts') && !has('notServiceAccounts')) return
  for (const field of ['principals', 'notPrincipals', 'namespaces', 'notNamespaces'])
    if (has(field)) yield conflict(`${pointer}/${field}`, 'service accounts, which name callers already')
}

/** Keys of an API that is gone, and what took their place. */
const retired: readonly (readonly [RegExp, string])[] = [
  [/^destination\.(namespace)$/, 'the policy’s namespace says so'],
  [/^destination\.labels/, 'use the selector'],
  [/^destination\.(name|user)$/, 'use the selector'],
]

function unknownKey(pointer: string, key: string): RuleFinding {
  const instead = retired.find(([pattern]) => pattern.test(key))?.[1]
  const remedy = instead ?? conditionKeys
  return unknownWord(pointer, key, 'something that a condition can look at', remedy)
}
