import type {
  AccessAttribute,
  AccessPolicy,
  AccessRule,
  AccessTest,
  SimpleAttribute,
} from '../../model/access-policy.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import type { Resource } from '../resource.ts'
import type {
  AuthorizationPolicy,
  AuthorizationRule,
  Operation,
  RuleCondition,
  Source,
} from './authorization-policy.ts'
import { dryRunOf, lowerTarget } from './policy-target.ts'

export function lowerAuthorizationPolicy(resource: Resource): Contribution {
  const { spec = {} } = resource as unknown as AuthorizationPolicy
  const node = nodeOf(resource)
  const policy: AccessPolicy = {
    ...node,
    ...lowerTarget(spec, resource),
    action: spec.action ?? 'ALLOW',
    ...(spec.provider?.name === undefined ? {} : { provider: spec.provider.name }),
    isTrial: dryRunOf(resource.metadata.annotations) ?? false,
    rules: (spec.rules ?? []).map((rule, index) =>
      lowerRule(rule, { place: at(resource, `/spec/rules/${index}`), namespace: node.namespace }),
    ),
  }
  return { accessPolicies: [policy] }
}

interface RulePlace {
  readonly place: string
  readonly namespace: string
}

function lowerRule({ from = [], to = [], when = [] }: AuthorizationRule, { place, namespace }: RulePlace): AccessRule {
  return {
    from: from.map(({ source }, index) => lowerSource(source, { place: `${place}/from/${index}/source`, namespace })),
    to: to.map(({ operation }, index) => lowerOperation(operation, `${place}/to/${index}/operation`)),
    when: when.flatMap((condition, index) => lowerCondition(condition, `${place}/when/${index}`)),
    at: place,
  }
}

/** By field: what it looks at, and the field that forbids. */
export const sourceFields = {
  principals: ['principal', 'notPrincipals'],
  requestPrincipals: ['token-principal', 'notRequestPrincipals'],
  namespaces: ['namespace', 'notNamespaces'],
  serviceAccounts: ['service-account', 'notServiceAccounts'],
  trustDomains: ['trust-domain', 'notTrustDomains'],
  remoteIpBlocks: ['remote-ip', 'notRemoteIpBlocks'],
  ipBlocks: ['source-ip', 'notIpBlocks'],
} as const satisfies { readonly [field: string]: readonly [SimpleAttribute, string] }

export const operationFields = {
  hosts: ['host', 'notHosts'],
  methods: ['method', 'notMethods'],
  paths: ['path', 'notPaths'],
  ports: ['port', 'notPorts'],
} as const satisfies { readonly [field: string]: readonly [SimpleAttribute, string] }

function lowerSource(source: Source, { place, namespace }: RulePlace): AccessTest[] {
  // An account without namespace is one of the policy's own.
  const inNamespace = (account: string) => (account.includes('/') ? account : `${namespace}/${account}`)
  return lowerFields(source, sourceFields, place).map(test =>
    test.attribute.kind === 'service-account'
      ? { ...test, values: test.values.map(inNamespace), notValues: test.notValues.map(inNamespace) }
      : test,
  )
}

function lowerOperation(operation: Operation, place: string): AccessTest[] {
  return lowerFields(operation, operationFields, place)
}

function lowerFields(
  from: Source | Operation,
  fields: Readonly<{ [field: string]: readonly [SimpleAttribute, string] }>,
  place: string,
): AccessTest[] {
  const listOf = (field: string) => (from as Readonly<{ [field: string]: readonly string[] | undefined }>)[field] ?? []
  return Object.entries(fields).flatMap(([field, [kind, notField]]) => {
    const [values, notValues] = [listOf(field), listOf(notField)]
    if (values.length + notValues.length === 0) return []
    const [valuesAt, notValuesAt] = [`${place}/${field}`, `${place}/${notField}`]
    const at = values.length > 0 ? valuesAt : notValuesAt
    return [{ attribute: { kind }, values, notValues, at, valuesAt, notValuesAt }]
  })
}

function lowerCondition({ key, values = [], notValues = [] }: RuleCondition, place: string): AccessTest[] {
  const attribute = attributeOf(key)
  const lists = { valuesAt: `${place}/values`, notValuesAt: `${place}/notValues` }
  return attribute === undefined ? [] : [{ attribute, values, notValues, at: place, ...lists }]
}

/** By the key of a condition. */
const keys: ReadonlyMap<string, SimpleAttribute> = new Map([
  ['source.ip', 'source-ip'],
  ['remote.ip', 'remote-ip'],
  ['source.namespace', 'namespace'],
  ['source.principal', 'principal'],
  ['request.auth.principal', 'token-principal'],
  ['request.auth.audiences', 'token-audience'],
  ['request.auth.presenter', 'token-presenter'],
  ['destination.ip', 'destination-ip'],
  ['destination.port', 'port'],
  ['connection.sni', 'sni'],
])

/** Keys without the names in brackets, for messages. */
export const conditionKeys: readonly string[] = [
  ...keys.keys(),
  'request.headers[NAME]',
  'request.auth.claims[NAME]',
  'experimental.FILTER[KEY]',
]

/** What the key of a condition looks at; undefined where it is none that is known. */
export function attributeOf(key: string): AccessAttribute | undefined {
  const simple = keys.get(key)
  if (simple !== undefined) return { kind: simple }
  const [, name = '', brackets = ''] = /^([^[\]]+)((?:\[[^[\]]+\])+)$/.exec(key) ?? []
  const parts = [...brackets.matchAll(/\[([^[\]]+)\]/g)].map(([, part]) => part!)
  if (name === 'request.headers' && parts.length === 1) return { kind: 'header', name: parts[0]! }
  if (name === 'request.auth.claims' && parts.length > 0) return { kind: 'claim', path: parts }
  const [, filter] = /^experimental\.(envoy\.filters\..+)$/.exec(name) ?? []
  return filter === undefined || parts.length !== 1 ? undefined : { kind: 'filter-metadata', filter, key: parts[0]! }
}
