/**
 * Definitions of the kinds that the compiler knows, made from the same schemas that it checks by.
 *
 * The API server wants them structural: every value has its type, nothing refers to anything, and what may be more than one
 * thing says so in its own way.
 */
import type { KindDefinition } from '../../kinds/definition.ts'
import { kinds } from '../../kinds/index.ts'
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'
import { schemaText } from './kind-schemas.ts'
import { type Schema, structural } from './structural-schema.ts'
import { durationRule, mayBeZero, valueRules } from './value-rules.ts'

/** Istio's short names, which people type. */
const shortNames: Readonly<{ [kind: string]: readonly string[] }> = {
  VirtualService: ['vs'],
  DestinationRule: ['dr'],
  Gateway: ['gw'],
  PeerAuthentication: ['pa'],
  AuthorizationPolicy: ['ap'],
  RequestAuthentication: ['ra'],
  Telemetry: ['telemetry'],
}

/** What `kubectl get` shows beside name and age. */
const columns: Readonly<{ [kind: string]: readonly (readonly [name: string, jsonPath: string])[] }> = {
  VirtualService: [
    ['Gateways', '.spec.gateways'],
    ['Hosts', '.spec.hosts'],
  ],
  DestinationRule: [['Host', '.spec.host']],
  PeerAuthentication: [['Mode', '.spec.mtls.mode']],
  AuthorizationPolicy: [['Action', '.spec.action']],
}

/** The kinds that need a definition, for the API server does not have them itself. */
export const definedKinds: readonly KindDefinition[] = kinds.filter(({ target }) => target === 'istio')

export function customResourceDefinitions(): Resource[] {
  return definedKinds.map(definitionOf)
}

export function definitionOf(kindDefinition: KindDefinition): Resource {
  const { kind, apiVersions } = kindDefinition
  const [group = ''] = apiVersions[0].split('/')
  const singular = kind.toLowerCase()
  const names = {
    kind,
    listKind: `${kind}List`,
    plural: plural(kind),
    singular,
    shortNames: shortNamesOf(kind),
    categories: ['istio-io', group.replaceAll('.', '-')],
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${group}`,
      labels: { 'app.kubernetes.io/part-of': 'meshwright', 'app.kubernetes.io/managed-by': 'meshwright' },
    },
    spec: {
      group,
      names,
      scope: 'Namespaced',
      versions: apiVersions.map((version, index) => ({
        name: version.split('/')[1],
        served: true,
        storage: index === 0,
        subresources: { status: {} },
        additionalPrinterColumns: [
          ...(columns[kind] ?? []).map(([name, jsonPath]) => ({ name, type: 'string', jsonPath })),
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: { openAPIV3Schema: schemaOf(kindDefinition) },
      })),
    },
  }
}

/** As Istio's definitions have it. */
export function plural(kind: string): string {
  const word = kind.toLowerCase()
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}

/** What people type in place of the kind. */
export function shortNamesOf(kind: string): readonly string[] {
  return shortNames[kind] ?? []
}

function schemaOf(kindDefinition: KindDefinition): object {
  const schema: unknown = JSON.parse(schemaText(kindDefinition))
  const spec = structural(schema, 'spec', refined)
  const required = isObject(schema) && Array.isArray(schema['required']) && schema['required'].includes('spec')
  return {
    type: 'object',
    ...(required ? { required: ['spec'] } : {}),
    ...(isObject(spec)
      ? { properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }
      : {}),
  }
}

const durationPattern = /h\|m\|s\|ms/

/** Adds what the table of rules says of a type, and the rule of durations to those that it has. */
function refined(type: string, schema: Schema): Schema {
  const { own = {}, fields = {}, values } = valueRules[type] ?? {}
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const merged = Object.entries(properties).map(([name, property]) => {
    const isDuration = isObject(property) && durationPattern.test(String(property['pattern']))
    const duration = isDuration && !mayBeZero.has(`${type}.${name}`) ? durationRule : {}
    return [name, { ...(property as Schema), ...duration, ...fields[name] }] as const
  })
  return {
    ...schema,
    ...(merged.length === 0 ? {} : { properties: Object.fromEntries(merged) }),
    ...(values === undefined
      ? {}
      : { additionalProperties: { ...(schema['additionalProperties'] as Schema), ...values } }),
    ...own,
  }
}
