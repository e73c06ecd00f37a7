/**
 * Certificates and authorities that Gateways and rules for calls name by Secrets: read in the namespaces of the pods that need them, or
 * of the Gateways that name theirs, alone, and given to nobody else.
 *
 * Owns what is watched and what of it can be used. A Secret that becomes unusable is not taken: what was right goes on.
 */
import { isApiError } from '../cluster/api-error.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { agentName } from '../cluster/install/values.ts'
import { type ApiObject, Reflector } from '../cluster/reflector.ts'
import { credentialUnusable } from '../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Standing } from '../model/standing.ts'
import { subjectAt } from '../phases/2-resolve/span-table.ts'
import { authoritiesOf, type SecretFlaw as Flaw, pairOf, secretKeys } from '../phases/3-check/secret-content.ts'
import { type SecretFault, withSecretFaults } from '../phases/3-check/secret-faults.ts'
import { authoritiesName, type Credential, credentialName } from '../phases/4-emit/envoy/index.ts'
import type { Codec } from '../protobuf/codec.ts'
import { isObject } from '../util/is-object.ts'
import { encodeResource } from '../xds/encode-resource.ts'
import type { Held, HeldResource } from '../xds/held.ts'
import { typeUrl } from '../xds/snapshot.ts'

export interface NamedSecretsOptions {
  readonly client: ClusterClient
  readonly codec: Codec
  /** The control plane's own namespace, and Secrets in it that no proxy may have: its authority. */
  readonly systemNamespace: string
  readonly ownSecrets: readonly string[]
  /** What the proxies are given whose pods are in a namespace has changed, or what is wrong with it. */
  readonly onChange: (namespace: string) => void
  readonly onError: (what: string, error: Error) => void
}

/** By namespace of pods: what is named for them. */
export type WantedCredentials = ReadonlyMap<string, readonly Credential[]>

interface Followed {
  readonly reflector: Reflector
  /** By the name under which proxies ask for it: what was last found to be right. */
  readonly usable: Map<string, HeldResource>
  /** By credential: what was last found of it, and of which versions of its Secrets. */
  readonly judged: Map<string, { readonly versions: string; readonly flaw: Flaw | undefined }>
  /** Why it can't be read; undefined where it can. */
  failure: Error | undefined
}

export class NamedSecrets {
  readonly #options: NamedSecretsOptions
  readonly #followed = new Map<string, Followed>()
  /** By namespace of the Secrets, which is that of the pods unless a credential says another. */
  #wanted: ReadonlyMap<string, readonly Credential[]> = new Map()
  /** By namespace of Secrets: the namespaces of the pods that are given some. */
  #readers: ReadonlyMap<string, ReadonlySet<string>> = new Map()

  constructor(options: NamedSecretsOptions) {
    this.#options = options
  }

  /** Follows the namespaces that are named here from now on, and no others. */
  want(byPods: WantedCredentials): void {
    const all = [...byPods].flatMap(([reader, credentials]) =>
      this.#lawful(reader, credentials).map(credential => ({
        reader,
        credential,
        namespace: credential.namespace ?? reader,
      })),
    )
    const byNamespace = Map.groupBy(all, ({ namespace }) => namespace)
    const wanted = new Map([...byNamespace].map(([name, list]) => [name, list.map(({ credential }) => credential)]))
    this.#wanted = wanted
    this.#readers = new Map([...byNamespace].map(([name, list]) => [name, new Set(list.map(({ reader }) => reader))]))
    for (const [namespace, { reflector, usable, judged }] of this.#followed) {
      const credentials = wanted.get(namespace) ?? []
      const names = new Set(credentials.map(credentialName))
      for (const name of usable.keys()) if (!names.has(name)) usable.delete(name)
      for (const name of judged.keys()) if (!names.has(name)) judged.delete(name)
      if (wanted.has(namespace)) continue
      this.#followed.delete(namespace)
      void reflector.stop()
    }
    for (const namespace of wanted.keys()) if (!this.#followed.has(namespace)) this.#follow(namespace)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ reflector }) => reflector.stop()))
    this.#followed.clear()
  }

  /** What a proxy whose pods are in this namespace, and for which these are named, is given. */
  heldBy(own: string, credentials: readonly Credential[]): Held {
    const found = this.#lawful(own, credentials).flatMap(credential => {
      const { namespace = own } = credential
      const followed = this.#followed.get(namespace)
      if (followed === undefined) return []
      this.#use(followed, namespace, credential)
      const name = credentialName(credential)
      const resource = followed.usable.get(name)
      return resource === undefined ? [] : [[name, resource] as const]
    })
    return new Map(found)
  }

  /**
   * Of what is named for pods in a namespace: a Gateway may be served by pods elsewhere, and they are picked by labels, which
   * anybody may give to pods of their own. So Secrets leave their namespace for the installation's own gateways alone.
   */
  #lawful(pods: string, credentials: readonly Credential[]): readonly Credential[] {
    return credentials.filter(({ namespace = pods }) => namespace === pods || pods === this.#options.systemNamespace)
  }

  /** Is anything still to be read that is wanted? What can't be read is not waited for. */
  get isPending(): boolean {
    return [...this.#followed.values()].some(({ reflector, failure }) => !reflector.isSynced && failure === undefined)
  }

  /** What has become of Gateways and listeners, with what is known to be wrong with the Secrets that they name. */
  judged(standings: readonly Standing[]): readonly Standing[] {
    return withSecretFaults(standings, ({ namespace, use, ...named }) =>
      this.#faultOf(namespace, { ...named, namespace, holds: use === 'clients' ? 'authorities' : 'pair' }),
    )
  }

  /** Undefined also where nothing is known of it. */
  #faultOf(namespace: string, credential: Credential): SecretFault | undefined {
    const followed = this.#followed.get(namespace)
    if (followed?.reflector.isSynced !== true) return undefined
    const flaw = this.#use(followed, namespace, credential)
    if (flaw === undefined) return undefined
    return { problem: flaw.problem, isServed: followed.usable.has(credentialName(credential)) }
  }

  /** What is wrong with Secrets that are wanted. */
  findings(): Diagnostic[] {
    return [...this.#wanted].flatMap(([namespace, credentials]) => {
      const followed = this.#followed.get(namespace)
      if (followed === undefined) return []
      const found = credentials.flatMap(credential => {
        const flaw = this.#use(followed, namespace, credential)
        return flaw === undefined ? [] : [{ subject: subjectAt(credential.at), name: credential.name, flaw }]
      })
      // One Secret that is not there lacks both what it is to hold.
      const once = new Map(
        found.toReversed().map(each => [`${each.subject.kind} ${each.subject.name} ${each.name}`, each]),
      )
      return [...once.values()].toReversed().map(({ subject, name, flaw }) => {
        const secret = `${namespace}/${name}`
        return credentialUnusable({ subject }, { kind: subject.kind, name: subject.name, secret, ...flaw })
      })
    })
  }

  #follow(namespace: string): void {
    const path = `/api/v1/namespaces/${namespace}/secrets`
    const reflector = new Reflector(this.#options.client, {
      path,
      fieldSelector: 'type!=kubernetes.io/service-account-token,type!=helm.sh/release.v1',
      trim: trimSecret,
      onChange: () => this.#changed(namespace),
      onError: error => {
        const followed = this.#followed.get(namespace)
        if (followed === undefined || followed.reflector !== reflector) return
        const isNew = followed.failure?.message !== error.message
        followed.failure = error
        if (!isNew) return
        this.#options.onError(path, error)
        this.#tell(namespace)
      },
    })
    this.#followed.set(namespace, { reflector, usable: new Map(), judged: new Map(), failure: undefined })
    // An empty namespace has no change to tell of, and lacks what is wanted all the same.
    void reflector.start().then(() => this.#changed(namespace))
  }

  #changed(namespace: string): void {
    const followed = this.#followed.get(namespace)
    if (followed === undefined) return
    followed.failure = undefined
    if (followed.reflector.isSynced) this.#tell(namespace)
  }

  #tell(namespace: string): void {
    for (const reader of this.#readers.get(namespace) ?? []) this.#options.onChange(reader)
  }

  /** Takes a credential as it is now, where it is right. @returns what is wrong with it */
  #use(followed: Followed, namespace: string, credential: Credential): Flaw | undefined {
    const { reflector, judged, usable, failure } = followed
    const { name, holds } = credential
    if (!reflector.isSynced) return failure === undefined ? undefined : this.#unreadable(namespace, failure)
    // Reading certificates takes a while, and is asked for with each change of whatever else.
    const versionOf = (other: string) => reflector.objects.get(`${namespace}/${other}`)?.metadata.resourceVersion ?? ''
    const [own, versions] = [credentialName(credential), `${versionOf(name)} ${versionOf(authoritiesName(name))}`]
    const known = judged.get(own)
    if (known?.versions === versions) return known.flaw
    const { systemNamespace, ownSecrets } = this.#options
    const isOwn = (other: string) => namespace === systemNamespace && ownSecrets.includes(other)
    const find = (other: string) => (isOwn(other) ? undefined : reflector.objects.get(`${namespace}/${other}`))
    const content = isOwn(name) ? { ...ownFlaw, isGone: true } : contentOf[holds](credential, find)
    if ('message' in content) usable.set(own, this.#encoded(own, usable.get(own), content.message))
    else if (content.isGone) usable.delete(own)
    const flaw = 'message' in content ? undefined : { problem: content.problem, remedy: content.remedy }
    judged.set(own, { versions, flaw })
    return flaw
  }

  #unreadable(namespace: string, error: Error): Flaw {
    if (!isApiError(error, 403)) return { problem: `can't be read: ${error.message}`, remedy: 'look at the API server' }
    const { systemNamespace } = this.#options
    const role = `kubectl -n ${namespace} create role mesh-secrets --verb=get,list,watch --resource=secrets`
    const account = `${systemNamespace}:${agentName}`
    const binding = `kubectl -n ${namespace} create rolebinding mesh-secrets --role=mesh-secrets --serviceaccount=${account}`
    return {
      problem: 'the control plane may not read',
      remedy: `let it read Secrets of that namespace alone: ${role}; ${binding}`,
    }
  }

  /** The same object for the same content: a stream that has it is told nothing. */
  #encoded(name: string, before: HeldResource | undefined, value: object): HeldResource {
    const { codec } = this.#options
    const encoded = encodeResource(codec, { typeUrl: typeUrl.secret, name, value: { name, ...value } })
    return before?.version === encoded.version ? before : encoded
  }
}

/** What a Secret holds of what is needed; where it is wrong, what was right before goes on, unless it is not there any more. */
type Content = { readonly message: object } | (Flaw & { readonly isGone?: boolean })
type Find = (name: string) => ApiObject | undefined

const contentOf: Readonly<Record<Credential['holds'], (credential: Credential, find: Find) => Content>> = {
  pair: (credential, find) => {
    const secret = find(credential.name)
    return secret === undefined ? missingFlaw(credential) : pairOf(secret)
  },
  authorities: (credential, find) => {
    const { name } = credential
    // Istio's order: a Secret of its own, else the one that the certificate is in.
    const own = find(name)
    const content = authoritiesOf(find(authoritiesName(name))) ?? authoritiesOf(own)
    if (content !== undefined) return content
    if (own === undefined) return missingFlaw(credential)
    return { problem: `says no CA for others, nor does ${authoritiesName(name)}`, remedy: caRemedy, isGone: true }
  },
}

function missingFlaw({ name, namespace, holds }: Credential): Content {
  const [where, option] = namespace === undefined ? ['that of the proxy’s pods', ''] : [namespace, ` -n ${namespace}`]
  const [type, files] = holds === 'pair' ? ['tls', '--cert=FILE --key=FILE'] : ['generic', '--from-file=ca.crt=FILE']
  const command = `kubectl create secret ${type}${option} ${name} ${files}`
  return { problem: 'is not there', remedy: `make it in namespace ${where}: ${command}`, isGone: true }
}
const ownFlaw: Flaw = { problem: 'is the authority of the mesh, which no proxy may have', remedy: 'name another one' }
const caRemedy = 'put the CAs into ca.crt (or cacert) of either'

/** In memory there is nothing but what may be served: what TLS may need, and nothing of any other. */
function trimSecret({ metadata, ...object }: ApiObject): ApiObject {
  const { name, namespace, resourceVersion } = metadata
  const data = isObject(object['data']) ? object['data'] : {}
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    data: Object.fromEntries(secretKeys.flatMap(key => (data[key] === undefined ? [] : [[key, data[key]]]))),
  }
}
