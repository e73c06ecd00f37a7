/**
 * The installation for those who install by GitOps: a kustomize base and a Helm chart, from the same manifests as
 * `mesh install`.
 *
 * The chart's templates are those manifests, made with marks in place of values, which become Helm's own expressions.
 */
import { stringify } from 'yaml'
import { parts, valuesAnnotation } from '../cluster/install/manifests.ts'
import { type InstallValues, policyWords, profiles } from '../cluster/install/values.ts'
import { type Resource, resourceKey } from '../kinds/resource.ts'
import { toYaml } from '../phases/4-emit/resource-files.ts'

const folder = 'docs/install'
const values = profiles['default']!

/** By path from the repository's root. */
export function generateCharts(): { [path: string]: string } {
  return { ...kustomizeBase(), ...helmChart() }
}

const header = '# Made by `npm run generate` from src/cluster/install/.\n'

function kustomizeBase(): { [path: string]: string } {
  const present = parts.filter(({ isPresent }) => isPresent(values))
  const files = present.map(({ name, resources }) => [`${name}.yaml`, documents(resources(values))] as const)
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: files.map(([name]) => name),
  }
  return Object.fromEntries(
    [...files, ['kustomization.yaml', stringify(kustomization)] as const].map(([name, text]) => [
      `${folder}/kustomize/${name}`,
      header + text,
    ]),
  )
}

function helmChart(): { [path: string]: string } {
  const { marked, expressions } = marks(values)
  const chart = {
    apiVersion: 'v2',
    name: 'meshwright',
    description: 'The control plane of a service mesh that is written in TypeScript or YAML.',
    type: 'application',
    version: '0.1.0',
    appVersion: '0.1.0',
    kubeVersion: '>=1.29.0-0',
  }
  const template = (name: string, text: string) => [`${folder}/helm/templates/${name}.yaml`, header + text] as const
  const files = parts
    .filter(({ name }) => name !== 'definitions')
    .map(part => {
      const text = part
        .resources({ ...marked, istioLabels: true })
        .map(resource => byValues(part, { resource, marked, expressions }))
        .join('---\n')
      const condition = conditions[part.name]
      return template(part.name, condition === undefined ? text : when(condition, text, ''))
    })
  const definitions = parts.find(({ name }) => name === 'definitions')!.resources(values)
  return {
    [`${folder}/helm/Chart.yaml`]: header + stringify(chart),
    [`${folder}/helm/values.yaml`]: header + stringify(values),
    [`${folder}/helm/values.schema.json`]: `${JSON.stringify(valuesSchema, null, 2)}\n`,
    // Helm installs what lies in crds/ first, and never deletes it.
    ...Object.fromEntries(
      definitions.map(definition => [
        `${folder}/helm/crds/${definition.metadata.name}.yaml`,
        header + toYaml(definition),
      ]),
    ),
    ...Object.fromEntries(files),
  }
}

/** What Helm refuses before anything is applied: words that there are none of. */
const valuesSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    validation: { type: 'object', properties: { policies: { type: 'string', enum: policyWords } } },
  },
}

/** By part: when it is there, as the parts' own `isPresent` says it. */
const conditions: Readonly<{ [part: string]: string }> = {
  gateway: '.Values.gateway.enabled',
  authority: 'eq .Values.identity.authority "cert-manager"',
}

/** Some values make other resources: all forms are there, and Helm chooses. */
function byValues(
  { isPresent, resources }: (typeof parts)[number],
  {
    resource,
    marked,
    expressions,
  }: { readonly resource: Resource; readonly marked: InstallValues; readonly expressions: Expressions },
): string {
  const text = (target: string, istioLabels: boolean, key: string) => {
    const under = { ...marked, target, istioLabels, identity: { ...marked.identity, key } }
    // What `conditions` asks for is taken as given.
    const identity = { ...under.identity, authority: 'cert-manager' }
    const same = isPresent({ ...under, identity })
      ? resources(under).find(each => resourceKey(each) === resourceKey(resource))
      : undefined
    return same === undefined ? '' : conditional(same, helmText(same, expressions))
  }
  const byKey = (target: string, istioLabels: boolean) =>
    when('eq .Values.identity.key "pod"', text(target, istioLabels, 'pod'), text(target, istioLabels, 'agent'))
  const byLabels = (target: string) => when('.Values.istioLabels', byKey(target, true), byKey(target, false))
  return when('ne .Values.target "istio"', byLabels('envoy'), byLabels('istio'))
}

function when(condition: string, text: string, otherwise: string): string {
  if (text === otherwise) return text
  return `{{- if ${condition} }}\n${text}${otherwise === '' ? '' : `{{- else }}\n${otherwise}`}{{- end }}\n`
}

/** A budget is for several: one replica alone could then never be moved. */
function conditional({ kind, metadata }: Resource, text: string): string {
  if (kind !== 'PodDisruptionBudget') return text
  const path = metadata.name.includes('gateway') ? 'gateway.replicas' : 'agent.replicas'
  return when(`gt (int .Values.${path}) 1`, text, '')
}

/** By mark: the expression that stands in its place. */
type Expressions = readonly (readonly [mark: string, expression: string])[]

/** Values of the same types, each of which is found again in whatever is made of them. */
function marks(tree: InstallValues): { readonly marked: InstallValues; readonly expressions: Expressions } {
  const expressions: [string, string][] = []
  const mark = (value: unknown, path: string): unknown => {
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, mark(member, path === '' ? key : `${path}.${key}`)]),
      )
    if (typeof value === 'boolean') return value
    // Numbers that stand nowhere else; several replicas, so that what is for several is there.
    const text = typeof value === 'number' ? String(910_000_000 + expressions.length) : `@@${path}@@`
    expressions.push([text, `{{ .Values.${path} }}`])
    return typeof value === 'number' ? Number(text) : text
  }
  return { marked: mark(tree, '') as InstallValues, expressions }
}

/** Helm's JSON is sorted and without spaces, as ours is for digests: both come to the same. */
const digestForm = new RegExp(`${valuesAnnotation}: .*`)

function helmText(resource: Resource, expressions: Expressions): string {
  const isValues = resource.kind === 'ConfigMap'
  const text = toYaml(isValues ? { ...resource, data: { 'values.json': '@@values@@' } } : resource)
  if (text.includes('{{'))
    throw new Error(`${resource.kind} ${resource.metadata.name} has what Helm would take for its own`)
  const all = [...expressions, ['"@@values@@"', '{{ toJson .Values | quote }}'] as const]
  const digested = text.replace(digestForm, `${valuesAnnotation}: {{ toJson .Values | sha256sum | quote }}`)
  return all.reduce((result, [mark, expression]) => result.replaceAll(mark, expression), digested)
}

function documents(resources: readonly Resource[]): string {
  return resources.map(toYaml).join('---\n')
}
