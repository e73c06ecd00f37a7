/**
 * All that the control plane follows in a cluster, and when something in it has changed.
 *
 * A change of configuration makes another revision; one of where things run does not, unless pods are of another shape.
 */
import type { KindDefinition } from '../kinds/definition.ts'
import { followedKinds } from '../kinds/index.ts'
import type { ClusterClient } from './client.ts'
import { isGatewayApi } from './gateway-api-owner.ts'
import { bundleAnnotation, isGatewayApiDefinition } from './gateway-api-versions.ts'
import { asSettings, settingsPath, settingsSelector } from './mesh-settings.ts'
import { authoritiesNamed, NamedAuthorities } from './named-authorities.ts'
import {
  type EndpointSliceObject,
  localityOf,
  type PodObject,
  type ServiceObject,
  trimAccount,
  trimManagedFields,
  trimNode,
  trimPod,
} from './objects.ts'
import { type ApiObject, Reflector } from './reflector.ts'
import { collectionsOf, unknownVersions } from './served-version.ts'

/** `statuses`: of objects that mean what they meant before. */
export type Change = 'configuration' | 'pods' | 'places' | 'statuses'

export interface ClusterWatchOptions {
  readonly client: ClusterClient
  /** Are objects of the Gateway API served: by the ConfigMaps that they name, and with statuses that tell what becomes of them? */
  readonly servesGatewayApi: boolean
  readonly onChange: (change: Change) => void
  /** A pod that is gone, by its key: whoever shows its token is nobody any more. */
  readonly onPodGone: (pod: PodObject) => void
  /** A service account that is gone. */
  readonly onAccountGone: (namespace: string, name: string) => void
  readonly onNamespace: (name: string, namespace: ApiObject | undefined) => void
  readonly onError: (what: string, error: Error) => void
}

/** Objects of one of these. */
interface FollowedKind {
  readonly kind: string
  /** In which they are read now. */
  readonly apiVersion: () => string
  readonly reflector: Reflector
}

export class ClusterWatch {
  readonly #reflectors: readonly Reflector[]
  readonly #namespaces: Reflector
  readonly #services: Reflector
  readonly #slices: Reflector
  readonly #pods: Reflector
  readonly #accounts: Reflector
  readonly #nodes: Reflector
  readonly #settings: Reflector
  readonly #configs: readonly FollowedKind[]
  readonly #definitions: Reflector
  readonly #authorities: NamedAuthorities | undefined

  constructor(options: ClusterWatchOptions) {
    const { client, onChange, onError } = options
    const follow = (path: string, onObject: (key: string, object: ApiObject | undefined) => void, extra: object = {}) =>
      new Reflector(client, {
        path,
        onChange: onObject,
        onError: error => onError(path, error),
        trim: trimManagedFields,
        ...extra,
      })
    const change = (kind: Change) => () => onChange(kind)
    this.#namespaces = follow('/api/v1/namespaces', (key, object) => options.onNamespace(key, object))
    this.#services = follow('/api/v1/services', change('configuration'))
    this.#slices = follow('/apis/discovery.k8s.io/v1/endpointslices', change('places'))
    const podGone = whenGone(options.onPodGone)
    this.#pods = follow(
      '/api/v1/pods',
      (key, object) => {
        podGone(key, object)
        onChange('pods')
      },
      { trim: trimPod },
    )
    this.#accounts = follow(
      '/api/v1/serviceaccounts',
      whenGone(({ metadata }) => options.onAccountGone(metadata.namespace ?? '', metadata.name)),
      { trim: trimAccount },
    )
    this.#nodes = follow(
      '/api/v1/nodes',
      whenMoved(() => onChange('places')),
      { trim: trimNode },
    )
    this.#settings = follow(settingsPath, change('configuration'), { fieldSelector: settingsSelector })
    this.#configs = followedKinds.map(definition => followKind(options, definition))
    // Clusters have hundreds of definitions, of which each is long.
    this.#definitions = follow(
      definitionsPath,
      (_, definition) => {
        if (definition === undefined || isGatewayApiDefinition(definition)) onChange('statuses')
      },
      { isMetadataOnly: true, trim: trimDefinition },
    )
    const named = { client, onChange: () => onChange('configuration'), onError }
    this.#authorities = options.servesGatewayApi ? new NamedAuthorities(named) : undefined
    this.#reflectors = [
      this.#namespaces,
      this.#services,
      this.#slices,
      this.#pods,
      this.#accounts,
      this.#nodes,
      this.#settings,
      ...(options.servesGatewayApi ? [this.#definitions] : []),
      ...this.#configs.map(({ reflector }) => reflector),
    ]
  }

  get namespaces(): ReadonlyMap<string, ApiObject> {
    return this.#namespaces.objects
  }

  get services(): ReadonlyMap<string, ServiceObject> {
    return this.#services.objects
  }

  get slices(): ReadonlyMap<string, EndpointSliceObject> {
    return this.#slices.objects
  }

  get pods(): ReadonlyMap<string, PodObject> {
    return this.#pods.objects
  }

  get accounts(): ReadonlyMap<string, ApiObject> {
    return this.#accounts.objects
  }

  get nodes(): ReadonlyMap<string, ApiObject> {
    return this.#nodes.objects
  }

  /** Objects of the kinds that the compiler knows. */
  configs(): ApiObject[] {
    const settings = [...this.#settings.objects.values()].map(asSettings)
    return [...settings, ...this.#configs.flatMap(objectsOf), ...(this.#authorities?.objects() ?? [])]
  }

  /** Of these, the Gateway API's. */
  gatewayApiObjects(): ApiObject[] {
    return this.#configs.filter(({ apiVersion }) => isGatewayApi({ apiVersion: apiVersion() })).flatMap(objectsOf)
  }

  /** The definitions of its kinds, by their metadata. */
  gatewayApiDefinitions(): ApiObject[] {
    return [...this.#definitions.objects.values()].filter(isGatewayApiDefinition)
  }

  /**
   * Follows what these objects name. @returns whether all of it has been read, as far as it can be: there is a change of configuration
   * once that is so
   */
  followNamed(): boolean {
    this.#authorities?.want(authoritiesNamed(this.gatewayApiObjects()))
    return this.#authorities?.isPending !== true
  }

  /** Resolves once everything has been read. */
  async start(): Promise<void> {
    await Promise.all(this.#reflectors.map(reflector => reflector.start()))
    while (!this.followNamed()) await this.#authorities?.read()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#reflectors.map(reflector => reflector.stop()), this.#authorities?.stop()])
  }
}

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** In memory there is nothing of it but its name and of which release it is. */
function trimDefinition({ metadata: { name, resourceVersion, annotations } }: ApiObject): ApiObject {
  const version = annotations?.[bundleAnnotation]
  return {
    metadata: {
      name,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(version === undefined ? {} : { annotations: { [bundleAnnotation]: version } }),
    },
  }
}

/** Lists leave out kind and version, which stand here again. */
function objectsOf({ kind, apiVersion, reflector }: FollowedKind): ApiObject[] {
  return [...reflector.objects.values()].map(object => ({ ...object, kind, apiVersion: apiVersion() }))
}

/** A kind whose definition somebody else may have made, in whatever versions. */
function followKind({ client, onChange, onError }: ClusterWatchOptions, definition: KindDefinition): FollowedKind {
  const { kind, apiVersions } = definition
  const [first = '', ...others] = collectionsOf(definition)
  // Once: it is looked for again and again.
  let said = ''
  const sayUnknown = async () => {
    const served = await unknownVersions(client, definition)
    if (served.length > 0 && served.join() !== said) onError(kind, unreadable(served, apiVersions))
    said = served.join()
  }
  const reflector = new Reflector(client, {
    path: [first, ...others],
    onChange: whenMeant(onChange),
    onError: error => onError(kind, error),
    onMissing: () => void sayUnknown().catch(error => onError(kind, error as Error)),
    trim: trimManagedFields,
    mayBeMissing: true,
  })
  const apiVersion = () => apiVersions[[first, ...others].indexOf(reflector.path)] ?? apiVersions[0]
  return { kind, apiVersion, reflector }
}

function unreadable(served: readonly string[], known: readonly string[]): Error {
  return new Error(
    `its definition serves ${served.join(', ')} alone, so that its objects are not read: ${known.join(', ')} would be`,
  )
}

/** Controllers write into statuses all the time: that makes no other revision. What is meant has a generation of its own. */
function whenMeant(onChange: (change: Change) => void): (key: string, object: ApiObject | undefined) => void {
  const seen = new Map<string, string>()
  return (key, object) => {
    const { uid, generation, labels, annotations } = object?.metadata ?? {}
    const meant = JSON.stringify([uid, generation, labels, annotations])
    const isSame = generation !== undefined && seen.get(key) === meant
    if (object === undefined) seen.delete(key)
    else seen.set(key, meant)
    onChange(isSame ? 'statuses' : 'configuration')
  }
}

/** Nodes tell of themselves all the time: only one that stands elsewhere than before is of interest. */
function whenMoved(moved: () => void): (key: string, object: ApiObject | undefined) => void {
  const seen = new Map<string, string>()
  return (key, object) => {
    const locality = object === undefined ? undefined : localityOf(object)
    const text = locality === undefined ? '' : JSON.stringify(locality)
    const before = seen.get(key) ?? ''
    if (object === undefined) seen.delete(key)
    else seen.set(key, text)
    if (text !== before) moved()
  }
}

/** Tells of an object that is gone, or that was replaced under its name (a pod of a StatefulSet's): that is another one. */
function whenGone(gone: (object: ApiObject) => void): (key: string, object: ApiObject | undefined) => void {
  const seen = new Map<string, ApiObject>()
  return (key, object) => {
    const before = seen.get(key)
    if (object === undefined) seen.delete(key)
    else seen.set(key, object)
    if (before !== undefined && before.metadata.uid !== object?.metadata.uid) gone(before)
  }
}
