/**
 * Server-side apply: what is ours in an object is what we say, and the rest stays as it is.
 *
 * In stages, for one thing may need another: namespaces and definitions of kinds before what lives in them, and
 * destinations before the routes that lead there.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Resource } from '../kinds/resource.ts'
import { canonicalJson } from '../phases/2-resolve/digest.ts'
import { isObject } from '../util/is-object.ts'
import { ApiError, isApiError } from './api-error.ts'
import { ApiPaths } from './api-paths.ts'
import type { ClusterClient } from './client.ts'
import type { ApiObject } from './reflector.ts'

/** What became of one resource. */
export interface ChangeEntry {
  readonly resource: Resource
  readonly action: 'created' | 'configured' | 'unchanged' | 'failed'
  /** As it was; absent where there was none. */
  readonly before?: ApiObject
  /** As it is now, or would be. */
  readonly after?: ApiObject
  /** Why it failed. */
  readonly error?: ApiError
}

export interface ApplyOptions {
  /** Namespace of what names none. */
  readonly namespace: string
  /** Who owns what we say. */
  readonly fieldManager: string
  /** Only ask what would happen. */
  readonly dryRun?: boolean
  /** Take fields that others own. Default: false, a conflict is an error that names them. */
  readonly force?: boolean
  readonly onEntry?: (entry: ChangeEntry) => void
}

/** Kinds by stage; what stands in none comes in the third. Deleting goes the other way round. */
const stages: readonly ReadonlySet<string>[] = [
  new Set(['Namespace', 'CustomResourceDefinition']),
  new Set([
    'ServiceAccount',
    'ConfigMap',
    'Secret',
    'Service',
    'ClusterRole',
    'ClusterRoleBinding',
    'Role',
    'RoleBinding',
  ]),
  new Set(),
  // A route that came before its subset would answer 503.
  new Set(['VirtualService', 'HTTPRoute', 'GRPCRoute']),
  // What may refuse objects comes last, once what it asks is there.
  new Set(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']),
]
const otherStage = 2

/** What is being deleted takes so long at most, ms: longer, and something keeps it. */
const goneWithinMs = 30_000
/** A kind that was just defined takes a moment to be served, ms. */
const servedWithinMs = 15_000

/** Applies all, stage by stage; a failed one does not keep the others of its stage back, but ends it after that. */
export async function applyAll(
  client: ClusterClient,
  resources: readonly Resource[],
  options: ApplyOptions,
): Promise<ChangeEntry[]> {
  const paths = new ApiPaths(client)
  const entries: ChangeEntry[] = []
  for (const stage of stageList(resources)) {
    const isComing = entries.some(({ resource }) => resource.kind === 'CustomResourceDefinition')
    const waitMs = isComing && options.dryRun !== true ? servedWithinMs : 0
    const expected = options.dryRun === true ? expectedOf(entries) : { namespaces: new Set(), kinds: new Set() }
    const one: OneOptions = { ...options, paths, waitMs, expected }
    const done = await inParallel(stage, resource => applyOne(client, resource, one))
    for (const entry of done) options.onEntry?.(entry)
    entries.push(...done)
    if (options.dryRun !== true && done.some(({ action }) => action === 'failed')) break
  }
  return entries
}

/** What a dry run would have made by now, and the server can't look into. */
interface Expected {
  readonly namespaces: ReadonlySet<unknown>
  /** As `group/Kind`. */
  readonly kinds: ReadonlySet<unknown>
}

function expectedOf(entries: readonly ChangeEntry[]): Expected {
  const made = (kind: string) =>
    entries.filter(({ action, resource }) => action === 'created' && resource.kind === kind)
  return {
    namespaces: new Set(made('Namespace').map(({ resource }) => resource.metadata.name)),
    kinds: new Set(made('CustomResourceDefinition').map(({ resource }) => definedKind(resource))),
  }
}

/** `group/Kind` of what a CustomResourceDefinition defines. */
export function definedKind({ spec }: Resource): string {
  const { group, names } = isObject(spec) ? spec : {}
  return `${group}/${isObject(names) ? names['kind'] : ''}`
}

export function stageList(resources: readonly Resource[]): Resource[][] {
  const stageOf = ({ kind }: Resource) => {
    const found = stages.findIndex(kinds => kinds.has(kind))
    return found < 0 ? otherStage : found
  }
  const byStage = Map.groupBy(resources, stageOf)
  return stages.flatMap((_, index) => (byStage.has(index) ? [byStage.get(index)!] : []))
}

/** A few at a time: an API server is not ours alone. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return results
}

interface OneOptions extends ApplyOptions {
  readonly paths: ApiPaths
  /** How long a kind that is not served yet is waited for. */
  readonly waitMs: number
  readonly expected: Expected
}

async function applyOne(client: ClusterClient, resource: Resource, options: OneOptions): Promise<ChangeEntry> {
  try {
    const path = await servedPath(resource, options)
    const before = options.dryRun === true ? await client.find(path) : await readOnceStable(client, path)
    const after = await patched(client, path, { resource, options })
    if (before === undefined) return { resource, action: 'created', after }
    return { resource, action: isSame(before, after) ? 'unchanged' : 'configured', before, after }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const isNew = error.status === 404 && isExpected(resource, options)
    return isNew ? { resource, action: 'created' } : { resource, action: 'failed', error }
  }
}

/** What is about to be deleted is waited for: applied to, it would take what was applied with it. */
async function readOnceStable(client: ClusterClient, path: string): Promise<ApiObject | undefined> {
  for (const until = performance.now() + goneWithinMs; ; ) {
    const object = await client.find(path)
    if (object?.metadata.deletionTimestamp === undefined || performance.now() > until) return object
    await sleep(200)
  }
}

async function patched(
  client: ClusterClient,
  path: string,
  { resource, options }: { readonly resource: Resource; readonly options: OneOptions },
): Promise<ApiObject> {
  const deadline = performance.now() + options.waitMs
  for (;;) {
    try {
      const query = {
        fieldManager: options.fieldManager,
        force: options.force === true,
        fieldValidation: 'Strict',
        ...(options.dryRun === true ? { dryRun: 'All' } : {}),
      }
      const contentType = 'application/apply-patch+yaml'
      return (await client.call('PATCH', path, { query, contentType, body: resource })) as ApiObject
    } catch (error) {
      // Discovery tells of a kind a moment before it is served.
      const isComing = isApiError(error, 404) && /could not find the requested resource/.test(error.message)
      if (!isComing || performance.now() >= deadline) throw error
      await sleep(200)
    }
  }
}

/** Asked what would happen, the server can't judge what is in a namespace, or of a kind, that would only be made now. */
function isExpected({ apiVersion, kind, metadata }: Resource, { expected, namespace }: OneOptions): boolean {
  return (
    expected.namespaces.has(metadata.namespace ?? namespace) ||
    expected.kinds.has(`${apiVersion.split('/')[0]}/${kind}`)
  )
}

async function servedPath(resource: Resource, { paths, namespace, waitMs }: OneOptions): Promise<string> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const path = await paths.pathOf(resource, namespace)
    if (path !== undefined) return path
    if (performance.now() >= deadline)
      throw new ApiError(404, `the cluster does not know ${resource.kind} of ${resource.apiVersion}`, {
        reason: 'NoKind',
      })
    await sleep(200)
  }
}

/** Without what the server keeps for itself. */
export function comparable(object: ApiObject): unknown {
  const { status: _status, metadata, ...rest } = object
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, uid: _uid, ...kept } = metadata
  const { creationTimestamp: _created, selfLink: _link, ...own } = kept
  return { ...rest, metadata: own }
}

function isSame(before: ApiObject, after: ApiObject): boolean {
  return canonicalJson(comparable(before)) === canonicalJson(comparable(after))
}
