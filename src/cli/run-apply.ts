import { createTwoFilesPatch } from 'diff'
import { stringify } from 'yaml'
import { applyAll, type ChangeEntry, comparable } from '../cluster/apply.ts'
import { leftBehind, unservedKinds } from '../cluster/before-and-after.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import { rejections } from '../cluster/rejection.ts'
import { uninjectedNamespaces } from '../cluster/uninjected.ts'
import { type Compiled, compile, withCarriedSettings } from '../compile.ts'
import { commandFailed } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { injectionLabel } from '../kinds/kubernetes/namespace.ts'
import type { Resource } from '../kinds/resource.ts'
import { sortedKeys } from '../phases/4-emit/resource-files.ts'
import { counted } from '../util/counted.ts'
import { isObject } from '../util/is-object.ts'
import { type ClusterFlags, clusterOf } from './cluster-flags.ts'
import type { ExitCode } from './main.ts'
import { readParams } from './params.ts'
import { findingsText } from './print-findings.ts'
import { readSource } from './source.ts'
import { isColoured, painter } from './terminal.ts'

export interface DiffFlags extends ClusterFlags {
  readonly force?: true
  readonly param?: readonly string[]
}

/** The options of `mesh apply` as they are typed. */
export interface ApplyFlags extends DiffFlags {
  readonly dryRun?: true
}

/** Owner of what `mesh apply` writes. */
const fieldManager = 'meshwright'

/**
 * Compiles and applies.
 *
 * @returns 1 where the mesh has errors, or the API server refused something
 * @throws Failure where there is no cluster
 */
export async function runApply(path: string, flags: ApplyFlags): Promise<ExitCode> {
  const compiled = await compiledOrPrinted(path, flags)
  if (compiled === undefined) return 1
  const target = targetOf(compiled, flags)
  await assertServed(target)
  const note = flags.dryRun === true ? ' (dry run)' : ''
  const entries = await applied(target, flags, {
    dryRun: flags.dryRun === true,
    onEntry: entry => {
      if (entry.action !== 'failed') process.stdout.write(`${nameOf(entry.resource)} ${entry.action}${note}\n`)
    },
  })
  if (flags.dryRun !== true) await hintAtProxies(target)
  await hintAtLeftovers(target)
  return printFailures(compiled, entries)
}

type Whole = Required<Pick<Compiled, 'resolved'>> & Compiled

/** What is applied, and where. */
interface Target extends ReturnType<typeof clusterOf> {
  readonly resources: readonly Resource[]
}

function targetOf(compiled: Whole, flags: DiffFlags): Target {
  return { ...clusterOf(flags), resources: withCarriedSettings(compiled).resources.map(({ resource }) => resource) }
}

/** @throws Failure before anything is applied, where the cluster lacks a kind */
async function assertServed({ client, resources }: Target): Promise<void> {
  const missing = await unservedKinds(client, resources)
  if (missing.length === 0) return
  const what = `this cluster does not know ${missing.join(', ')}; nothing was applied`
  const remedy = 'install the mesh first (`mesh install`), or the definitions of those kinds'
  throw new Failure(commandFailed({}, { what, remedy }))
}

/** More than these are not named. */
const named = 5

async function hintAtLeftovers({ client, resources }: Target): Promise<void> {
  const left = await leftBehind(client, resources, fieldManager)
  if (left.length === 0) return
  const names = left.slice(0, named).map(resource => `${resource.metadata.namespace} ${nameOf(resource)}`)
  const more = left.length > named ? ` and ${left.length - named} more` : ''
  process.stderr.write(
    `${counted(left.length, 'resource')} of an earlier apply, not of this mesh, left as ${left.length === 1 ? 'it is' : 'they are'}: ` +
      `${names.join(', ')}${more}. \`kubectl delete -n NAMESPACE NAME\` what is not wanted any more\n`,
  )
}

async function hintAtProxies({ client, resources }: Target): Promise<void> {
  for (const name of await uninjectedNamespaces(client, resources))
    process.stderr.write(
      `pods of namespace ${name} get no proxy: set injection: true in mesh.config.ts, or ` +
        `\`kubectl label namespace ${name} ${injectionLabel}=enabled\`; then \`kubectl rollout restart deployment -n ${name}\`\n`,
    )
}

/**
 * Prints what applying would change, as a unified diff of YAML; values of Secrets are masked.
 *
 * @returns 1 where something would change
 * @throws Failure where there is no cluster
 */
export async function runDiff(path: string, flags: DiffFlags): Promise<ExitCode> {
  const compiled = await compiledOrPrinted(path, flags)
  if (compiled === undefined) return 2
  const target = targetOf(compiled, flags)
  await assertServed(target)
  const entries = await applied(target, flags, { dryRun: true })
  const changed = entries.filter(({ action }) => action === 'created' || action === 'configured')
  const paint = painter(isColoured(process.stdout))
  for (const entry of changed) process.stdout.write(coloured(patchOf(entry), paint))
  if (printFailures(compiled, entries) !== 0) return 2
  await hintAtLeftovers(target)
  const same = entries.length - changed.length
  process.stderr.write(`${changed.length} of ${entries.length} resources would change, ${same} would not\n`)
  return changed.length > 0 ? 1 : 0
}

async function compiledOrPrinted(path: string, flags: DiffFlags): Promise<Whole | undefined> {
  const params = readParams(flags.param)
  const compiled = await compile({ ...(await readSource(path)), params })
  if (compiled.diagnostics.length > 0)
    process.stderr.write(findingsText(compiled, compiled.diagnostics, process.stderr))
  return compiled.isBroken || compiled.resolved === undefined ? undefined : { ...compiled, resolved: compiled.resolved }
}

function applied(
  { client, namespace, resources }: Target,
  flags: DiffFlags,
  options: { readonly dryRun: boolean; readonly onEntry?: (entry: ChangeEntry) => void },
): Promise<ChangeEntry[]> {
  return applyAll(client, resources, { ...options, namespace, fieldManager, force: flags.force === true })
}

function printFailures(compiled: Whole, entries: readonly ChangeEntry[]): ExitCode {
  const findings = entries.flatMap(({ resource, error }) =>
    error === undefined ? [] : rejections(resource, error, compiled.resolved.spans),
  )
  if (findings.length > 0) process.stderr.write(findingsText(compiled, findings, process.stderr))
  return findings.length > 0 ? 1 : 0
}

/** As kubectl names it: `virtualservice.networking.istio.io/reviews`. */
function nameOf({ apiVersion, kind, metadata }: Resource): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : ''
  return `${kind.toLowerCase()}${group}/${metadata.name}`
}

function patchOf({ resource, before, after }: ChangeEntry): string {
  const { namespace, name } = resource.metadata
  const file = [resource.kind, ...(namespace === undefined ? [] : [namespace]), name].join('/')
  const patch = createTwoFilesPatch(
    before === undefined ? '/dev/null' : `cluster/${file}`,
    `mesh/${file}`,
    before === undefined ? '' : toText(before),
    toText(after ?? (resource as ApiObject)),
    undefined,
    undefined,
    { context: 3 },
  )
  // Without the line of equal signs that begins jsdiff's patches.
  return patch.replace(/^=+\n/, '')
}

function toText(object: ApiObject): string {
  const shown = sortedKeys(masked(comparable(object)))
  return stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** What a Secret holds is nobody's to read here: only that it is there, and how long it is. */
function masked(value: unknown): unknown {
  if (!isObject(value) || value['kind'] !== 'Secret') return value
  const mask = (data: unknown) =>
    isObject(data)
      ? Object.fromEntries(Object.entries(data).map(([key, text]) => [key, `(${String(text).length} characters)`]))
      : data
  return {
    ...value,
    ...(value['data'] === undefined ? {} : { data: mask(value['data']) }),
    ...(value['stringData'] === undefined ? {} : { stringData: mask(value['stringData']) }),
  }
}

function coloured(patch: string, paint: ReturnType<typeof painter>): string {
  return patch
    .split('\n')
    .map(line => {
      if (line.startsWith('+++') || line.startsWith('---')) return paint(line, 'bold')
      return line.startsWith('+') ? paint(line, 'green') : line.startsWith('-') ? paint(line, 'red') : line
    })
    .join('\n')
}
