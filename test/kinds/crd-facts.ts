/** What the definitions of Istio 1.31.1 say of its kinds: facts of another's API, against which ours is held. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A structural schema, as the API server has it. */
export interface OpenApi {
  readonly [keyword: string]: unknown
  readonly type?: string
  readonly properties?: { readonly [name: string]: OpenApi }
  readonly items?: OpenApi
  readonly additionalProperties?: OpenApi
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string }[]
}

export interface CrdFacts {
  readonly group: string
  readonly kind: string
  readonly storage: string
  readonly names: {
    readonly plural: string
    readonly shortNames?: readonly string[]
    readonly categories: readonly string[]
  }
  readonly needsSpec: boolean
  readonly spec: OpenApi
}

/** Made by make-crd-facts.ts. */
export const crdFacts = factsIn('istio-1.31.1-crds.json.gz')

/** The same of the Gateway API 1.7's experimental channel, without the kinds that are not in its own group. */
export const gatewayApiFacts = factsIn('gateway-api-1.7.0-crds.json.gz').filter(
  ({ group }) => group === 'gateway.networking.k8s.io',
)

function factsIn(file: string): readonly CrdFacts[] {
  return JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, file))).toString()) as readonly CrdFacts[]
}

export interface OpenApiNode {
  /** `spec.http[].match[].headers{}`: `[]` each of a list, `{}` each value of a map. */
  readonly path: string
  readonly schema: OpenApi
}

/** Every node of a schema, it first. */
export function nodesOf(schema: OpenApi, path = 'spec'): OpenApiNode[] {
  const { properties = {}, items, additionalProperties: values } = schema
  return [
    { path, schema },
    ...Object.entries(properties).flatMap(([name, property]) => nodesOf(property, `${path}.${name}`)),
    ...(items === undefined ? [] : nodesOf(items, `${path}[]`)),
    ...(typeof values === 'object' ? nodesOf(values, `${path}{}`) : []),
  ]
}
