/**
 * Definitions of the kinds that the compiler knows, made from the same schemas that it checks by.
 *
 * The API server wants them structural: every value has its type, nothing refers to anything, and what may be more than one
 * thing says so in its own way.
 */
import type { KindDefinition } from '../../kinds/definition.ts'
import { gatewayApiGroup, kinds } from '../../kinds/index.ts'
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'
import { bundleAnnotation, bundleVersion } from '../gateway-api-versions.ts'
import { gatewayApiRules } from './gateway-api-rules.ts'
import { schemaText } from './kind-schemas.ts'
import { type Refine, type Schema, structural } from './structural-schema.ts'
import { durationRule, mayBeZero, type ValueRules, valueRules } from './value-rules.ts'

/** Short names, which people type: Istio's, and the Gateway API's. */
const shortNames: Readonly<{ [kind: string]: readonly string[] }> = {
  'gateway.networking.k8s.io/Gateway': ['gtw'],
  GatewayClass: ['gc'],
  ReferenceGrant: ['refgrant'],
  ListenerSet: ['lset'],
  BackendTLSPolicy: ['btlspolicy'],
  VirtualService: ['vs'],
  DestinationRule: ['dr'],
  Gateway: ['gw'],
  ServiceEntry: ['se'],
  WorkloadEntry: ['we'],
  WorkloadGroup: ['wg'],
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
  ServiceEntry: [
    ['Hosts', '.spec.hosts'],
    ['Location', '.spec.location'],
    ['Resolution', '.spec.resolution'],
  ],
  WorkloadEntry: [['Address', '.spec.address']],
  PeerAuthentication: [['Mode', '.spec.mtls.mode']],
  AuthorizationPolicy: [['Action', '.spec.action']],
  'gateway.networking.k8s.io/Gateway': [
    ['Class', '.spec.gatewayClassName'],
    ['Address', '.status.addresses[*].value'],
    ['Programmed', '.status.conditions[?(@.type=="Programmed")].status'],
  ],
  GatewayClass: [
    ['Controller', '.spec.controllerName'],
    ['Accepted', '.status.conditions[?(@.type=="Accepted")].status'],
  ],
  HTTPRoute: [['Hostnames', '.spec.hostnames']],
  GRPCRoute: [['Hostnames', '.spec.hostnames']],
  TLSRoute: [['Hostnames', '.spec.hostnames']],
}

/** What is known of a kind: by its group, too, where another group's has the same name. */
function known<Value>(
  table: { readonly [kind: string]: readonly Value[] },
  definition: KindDefinition,
): readonly Value[] {
  return table[`${groupOf(definition)}/${definition.kind}`] ?? table[definition.kind] ?? []
}

function groupOf({ apiVersions }: KindDefinition): string {
  return apiVersions[0].split('/')[0]!
}

function isGatewayApi(definition: KindDefinition): boolean {
  return groupOf(definition) === gatewayApiGroup
}

/** The kinds that need a definition, for the API server does not have them itself. */
export const definedKinds: readonly KindDefinition[] = kinds.filter(({ target }) => target === 'istio')

/** Those of the Gateway API, which clusters most often have already: they are installed by nobody but who asks for them. */
export const gatewayApiKinds: readonly KindDefinition[] = kinds.filter(isGatewayApi)

export function customResourceDefinitions(): Resource[] {
  return definedKinds.map(definitionOf)
}

export function definitionOf(kindDefinition: KindDefinition): Resource {
  const { kind, apiVersions, namespaced } = kindDefinition
  const group = groupOf(kindDefinition)
  const isOthers = isGatewayApi(kindDefinition)
  const singular = kind.toLowerCase()
  const names = {
    kind,
    listKind: `${kind}List`,
    plural: plural(kind),
    singular,
    shortNames: shortNamesOf(kindDefinition),
    categories: isOthers ? ['gateway-api'] : ['istio-io', group.replaceAll('.', '-')],
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${group}`,
      labels: { 'app.kubernetes.io/part-of': 'meshwright', 'app.kubernetes.io/managed-by': 'meshwright' },
      ...(isOthers
        ? { annotations: { 'api-approved.kubernetes.io': unapproved, [bundleAnnotation]: bundleVersion } }
        : {}),
    },
    spec: {
      group,
      names,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: apiVersions.map((version, index) => ({
        name: version.split('/')[1],
        served: true,
        storage: index === 0,
        subresources: { status: {} },
        additionalPrinterColumns: [
          ...known(columns, kindDefinition).map(([name, jsonPath]) => ({ name, type: 'string', jsonPath })),
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: { openAPIV3Schema: schemaOf(kindDefinition) },
      })),
    },
  }
}

/** The API server asks groups of Kubernetes' own who has reviewed them; of ours nobody has. */
const unapproved = 'unapproved, made by Meshwright from its own types'

/** As the definitions of Istio and the Gateway API have it. */
export function plural(kind: string): string {
  const word = kind.toLowerCase()
  if (word.endsWith('s')) return `${word}es`
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}

/** What people type in place of the kind. */
export function shortNamesOf(definition: KindDefinition): readonly string[] {
  return known(shortNames, definition)
}

function schemaOf(kindDefinition: KindDefinition): object {
  const schema: unknown = JSON.parse(schemaText(kindDefinition))
  const spec = structural(schema, 'spec', isGatewayApi(kindDefinition) ? refinedGatewayApi : refined)
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
const refined: Refine = (type, schema) =>
  withRules(schema, valueRules[type], (name, property) => {
    const isDuration = durationPattern.test(String(property['pattern']))
    return isDuration && !mayBeZero.has(`${type}.${name}`) ? durationRule : {}
  })

/** In the Gateway API every list is one value, unless the table says otherwise, and durations may be zero. */
const refinedGatewayApi: Refine = (type, schema) =>
  withRules(schema, gatewayApiRules[type], (_name, property) =>
    property['type'] === 'array' ? { 'x-kubernetes-list-type': 'atomic' } : {},
  )

function withRules(
  schema: Schema,
  { own = {}, fields = {}, items = {}, values }: ValueRules = {},
  implied: (name: string, property: Schema) => object,
): Schema {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const merged = Object.entries(properties).map(([name, value]) => {
    const property = value as Schema
    const inner = items[name] === undefined ? {} : { items: { ...(property['items'] as Schema), ...items[name] } }
    return [name, { ...property, ...implied(name, property), ...inner, ...fields[name] }] as const
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
