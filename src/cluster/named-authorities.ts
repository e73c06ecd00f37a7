/**
 * ConfigMaps with authorities that objects of the Gateway API name: each is read by its name, and of it what the specification has there.
 *
 * Owns which are followed. Whether whoever names one may is for the compiler to say.
 */
import { meshConfigName } from '../kinds/istio/mesh-config-text.ts'
import { isObject } from '../util/is-object.ts'
import { ownValue } from '../util/own-value.ts'
import type { ClusterClient } from './client.ts'
import { oursAmong } from './gateway-api-owner.ts'
import { type ApiObject, Reflector } from './reflector.ts'

export interface NamedAuthoritiesOptions {
  readonly client: ClusterClient
  /** One has changed, was read for the first time, or can't be. */
  readonly onChange: () => void
  readonly onError: (what: string, error: Error) => void
}

interface Followed {
  readonly reflector: Reflector
  /** Resolves once it was read, or could not be. */
  readonly tried: PromiseWithResolvers<void>
  failure: Error | undefined
}

export class NamedAuthorities {
  readonly #options: NamedAuthoritiesOptions
  /** By `namespace/name`. */
  readonly #followed = new Map<string, Followed>()

  constructor(options: NamedAuthoritiesOptions) {
    this.#options = options
  }

  /** Follows those that are named here from now on, and no others. */
  want(named: ReadonlySet<string>): void {
    for (const [key, { reflector }] of this.#followed) {
      if (named.has(key)) continue
      this.#followed.delete(key)
      void reflector.stop()
    }
    for (const key of named) if (!this.#followed.has(key)) this.#follow(key)
  }

  /** Is any still to be read? What can't be read is not waited for. */
  get isPending(): boolean {
    return [...this.#followed.values()].some(({ reflector, failure }) => !reflector.isSynced && failure === undefined)
  }

  /** Resolves once each has been read, or could not be. */
  async read(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ tried }) => tried.promise))
  }

  /** Those that are there, with kind and version. */
  objects(): ApiObject[] {
    return [...this.#followed.values()].flatMap(({ reflector }) =>
      [...reflector.objects.values()].map(object => ({ ...object, kind: 'ConfigMap', apiVersion: 'v1' })),
    )
  }

  async stop(): Promise<void> {
    const all = [...this.#followed.values()]
    this.#followed.clear()
    await Promise.all(all.map(({ reflector }) => reflector.stop()))
  }

  #follow(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const changed = () => {
      const followed = this.#followed.get(key)
      if (followed?.reflector !== reflector) return
      followed.failure = undefined
      if (followed.reflector.isSynced) followed.tried.resolve()
      this.#options.onChange()
    }
    const reflector = new Reflector(this.#options.client, {
      path,
      fieldSelector: `metadata.name=${name}`,
      trim: trimAuthorities,
      onChange: changed,
      onError: error => {
        const followed = this.#followed.get(key)
        if (followed?.reflector !== reflector) return
        const isNew = followed.failure?.message !== error.message
        followed.failure = error
        followed.tried.resolve()
        if (!isNew) return
        this.#options.onError(`${path}/${name}`, error)
        this.#options.onChange()
      },
    })
    this.#followed.set(key, { reflector, tried: Promise.withResolvers(), failure: undefined })
    // One that is not there has no change to tell of.
    void reflector.start().then(changed)
  }
}

const authoritiesKey = 'ca.crt'

/** In memory there is nothing of it but what it is read for. */
function trimAuthorities({ metadata, ...object }: ApiObject): ApiObject {
  const { name, namespace, resourceVersion } = metadata
  const text = isObject(object['data']) ? object['data'][authoritiesKey] : undefined
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    data: text === undefined ? {} : { [authoritiesKey]: text },
  }
}

/** Which ConfigMaps objects of ours name, by `namespace/name`. */
export function authoritiesNamed(objects: readonly ApiObject[]): ReadonlySet<string> {
  const ours = oursAmong(objects)
  const named = objects.flatMap(object => {
    const { spec, metadata } = object
    const find = ownValue(validationsOf, object.kind ?? '')
    if (find === undefined || !isObject(spec) || !ours.has(object)) return []
    const references = find(spec).flatMap(each => listOf(each, 'caCertificateRefs'))
    return references.flatMap(({ group, kind, name, namespace = metadata.namespace }) =>
      group === '' && kind === 'ConfigMap' && name !== meshConfigName ? [`${namespace}/${name}`] : [],
    )
  })
  return new Set(named)
}

interface Fields {
  readonly [field: string]: unknown
}

/** By kind: where references to authorities stand in its `spec`. */
const validationsOf: Readonly<{ [kind: string]: (spec: Fields) => readonly Fields[] }> = {
  BackendTLSPolicy: spec => [fieldOf(spec, 'validation')],
  Gateway: spec => {
    const frontend = fieldOf(fieldOf(spec, 'tls'), 'frontend')
    const ports = listOf(frontend, 'perPort').map(each => fieldOf(each, 'tls'))
    return [fieldOf(frontend, 'default'), ...ports].map(each => fieldOf(each, 'validation'))
  },
}

function fieldOf(value: Fields, field: string): Fields {
  const found = value[field]
  return isObject(found) ? found : {}
}

function listOf(value: Fields, field: string): readonly Fields[] {
  const found = value[field]
  return Array.isArray(found) ? found.filter(isObject) : []
}
