import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { commandFailed, importDiffers, inputEmpty, optionInvalid } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { kindOf } from '../../kinds/index.ts'
import { meshConfigKey } from '../../kinds/istio/mesh-config-text.ts'
import { resourceKey } from '../../kinds/resource.ts'
import { realPath } from '../../local/state/state-folder.ts'
import { load } from '../../phases/1-load/load.ts'
import type { Loaded, LoadedResource } from '../../phases/1-load/loaded.ts'
import { canonicalJson } from '../../phases/2-resolve/digest.ts'
import { withoutNullFields } from '../../phases/3-check/shapes.ts'
import { counted } from '../../util/counted.ts'
import { shortPath } from '../find-instance.ts'
import type { ExitCode } from '../main.ts'
import { findingsText, hasErrors } from '../print-findings.ts'
import { outputWithin, readSource, sourceFolder } from '../source.ts'
import { authored } from './authored.ts'
import { meshModules } from './mesh-modules.ts'
import { settingsIn } from './mesh-settings.ts'

/** The options of `mesh import` as they are typed. */
export interface ImportFlags {
  readonly out: string
  readonly force?: true
}

/**
 * Writes YAML as a mesh in TypeScript, once it has compiled that to the same resources in a folder of its own.
 *
 * @returns 1 where the YAML has errors, or would not be the same
 * @throws Failure where there is nothing to import, or files would be overwritten
 */
export async function runImport(path: string, flags: ImportFlags): Promise<ExitCode> {
  assertApart(path, flags.out)
  const source = await readSource(path)
  const ignore = outputWithin(path, flags.out)
  const { value: loaded, diagnostics } = await load({ ...source, ignore, withoutMeshes: true, skipTypes: true })
  const yaml = loaded?.resources.filter(({ declaration }) => declaration === undefined) ?? []
  const resources = yaml.map(item => ({ ...item, resource: withoutNullFields(authored(item.resource)) }))
  const empty = resources.length === 0 && !hasErrors(diagnostics) ? [inputEmpty({})] : []
  const findings = [...diagnostics, ...empty]
  print(findings, loaded)
  if (loaded === undefined || hasErrors(findings)) return 1
  const { files, left } = meshModules(resources, loaded.sources)
  assertFree(flags, [...files.keys()])
  const differences = await differencesOf(files, resources)
  if (differences.length > 0) return 1
  writeAll(flags.out, files)
  process.stdout.write(`${[...files.keys()].map(file => shortPath(resolve(flags.out, file))).join('\n')}\n`)
  process.stderr.write(`${counted(resources.length, 'resource')}, the same when compiled${untyped(left)}\n`)
  return 0
}

/** Which of them are YAML as before, the first few by name. */
function untyped(left: readonly LoadedResource[]): string {
  if (left.length === 0) return ''
  const names = left.slice(0, 5).map(({ resource: { kind, metadata } }) => `${kind} ${metadata.name}`)
  const more = left.length > names.length ? [`${left.length - names.length} more`] : []
  return `, of which ${left.length} stayed YAML: ${[...names, ...more].join(', ')}`
}

function print(findings: readonly Diagnostic[], loaded: Loaded | undefined): void {
  if (findings.length === 0) return
  const source = { waived: 0, ...(loaded === undefined ? {} : { loaded }) }
  process.stderr.write(findingsText(source, findings, process.stderr))
}

/** Compiles the files in a folder of their own, and prints what is not as it was. */
async function differencesOf(
  files: ReadonlyMap<string, string>,
  resources: readonly LoadedResource[],
): Promise<readonly Diagnostic[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mesh-import-')))
  try {
    writeAll(folder, files)
    const { value: loaded, diagnostics } = await load({ path: folder })
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    const found = errors.length > 0 ? errors : compared(resources, loaded?.resources ?? [])
    print(found, loaded)
    return found
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What either side has and the other has not, by canonical JSON. */
function compared(before: readonly LoadedResource[], after: readonly LoadedResource[]): Diagnostic[] {
  const left = Map.groupBy(after, canonical)
  const gone = before.filter(item => left.get(canonical(item))?.pop() === undefined)
  const different = [...gone, ...[...left.values()].flat()]
  return different.map(({ resource, span }) => importDiffers({ span }, { resource: resourceKey(resource) }))
}

/** A constructor writes its kind's first version, as whatever reads the resource does. Of a mesh's settings counts what their text says. */
function canonical({ resource }: LoadedResource): string {
  const apiVersion = kindOf(resource)?.apiVersions[0] ?? resource.apiVersion
  const settings = settingsIn(resource)
  const data = { ...(resource['data'] as object | undefined), [meshConfigKey]: settings }
  return canonicalJson({ ...resource, apiVersion, ...(settings && { data }) })
}

function writeAll(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [file, text] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
}

/** @throws Failure where the mesh would be written among the YAML, which would declare everything a second time */
function assertApart(path: string, out: string): void {
  if (path === '-' || sourceFolder(path) !== realPath(out)) return
  const problem = 'holds what is imported, which would then be declared twice'
  throw new Failure(
    optionInvalid({}, { option: `-o ${out}`, problem, remedy: 'name another folder: for example -o mesh' }),
  )
}

/** @throws Failure where files of these names are there already */
function assertFree({ out, force }: ImportFlags, files: readonly string[]): void {
  const there = files.find(file => existsSync(join(out, file)))
  if (force || there === undefined) return
  const what = `${shortPath(resolve(out, there))} is there already; nothing was written`
  throw new Failure(commandFailed({}, { what, remedy: 'name another folder with -o, or add --force to overwrite' }))
}
