import { isAbsolute, relative, resolve as resolvePath } from 'node:path'
import { type Compiled, compile, withCarriedSettings } from '../../compile.ts'
import { optionInvalid } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { findEnvoy } from '../../local/envoy/find-envoy.ts'
import { realPath } from '../../local/state/state-folder.ts'
import { watchFolder } from '../../local/watch-folder.ts'
import type { LoadOptions } from '../../phases/1-load/loaded.ts'
import type { Resolved } from '../../phases/2-resolve/resolve.ts'
import { allocate, patchFindings, plainTextFindings, secretFindings } from '../../phases/4-emit/envoy/index.ts'
import { emitFiles, type TargetName, targetNames } from '../../phases/4-emit/targets.ts'
import { explainError } from '../explain-error.ts'
import { shortPath } from '../find-instance.ts'
import type { ExitCode } from '../main.ts'
import { readParams } from '../params.ts'
import { findingsText, hasErrors } from '../print-findings.ts'
import { assertWatchable, outputWithin, readSource, sourceFolder } from '../source.ts'
import { refusedParts } from './refused-parts.ts'
import { verifyBootstraps } from './verify.ts'
import { fileInTheWay, foreignFile, writeOutput } from './write-output.ts'

/** The options of `mesh build` as they are typed. */
export interface BuildFlags {
  readonly out: string
  readonly target: string
  readonly param?: readonly string[]
  readonly verify?: true
  readonly envoy?: string
  readonly watch?: true
}

interface Build {
  readonly path: string
  readonly source: Pick<LoadOptions, 'path' | 'standardInput'>
  readonly flags: BuildFlags
  readonly targets: readonly TargetName[]
}

/**
 * Builds a mesh once, or again after each change until a signal ends it.
 *
 * @throws Failure where an option has the wrong form, the output can't be written, or there is no Envoy to verify with
 */
export async function runBuild(path: string, flags: BuildFlags): Promise<ExitCode> {
  const targets = readTargets(flags.target)
  assertFolder(flags.out)
  if (flags.watch) assertWatchable(path, 'mesh build --watch')
  assertApart(path, flags.out)
  const build: Build = { path, source: await readSource(path), flags, targets }
  const first = await buildOnce(build, undefined)
  const last = flags.watch === undefined ? first : await watchAndBuild(build, first)
  return last.isBroken ? 1 : 0
}

/** Compiles and writes; a mesh with errors writes nothing. */
async function buildOnce({ path, source, flags, targets }: Build, previous: Compiled | undefined): Promise<Compiled> {
  const started = performance.now()
  const compiled = await compile({
    ...source,
    params: readParams(flags.param),
    ignore: outputWithin(path, flags.out),
    ...(previous === undefined ? {} : { previous }),
  })
  if (compiled.isBroken || compiled.resolved === undefined) {
    process.stderr.write(findingsText(compiled, compiled.diagnostics, process.stderr))
    return compiled
  }
  const { resolved } = compiled
  const carrying = withCarriedSettings({ ...compiled, resolved })
  const files = emitFiles({ resolved: carrying, placement: allocate(resolved.mesh) }, targets)
  const written = writeOutput(flags.out, files)
  const findings = [
    ...compiled.diagnostics,
    ...(targets.includes('envoy') ? envoyFindings(resolved, compiled.diagnostics) : []),
    ...(flags.verify ? await verify(flags, [...files.keys()], { ...compiled, resolved }) : []),
  ]
  if (findings.length > 0) process.stderr.write(findingsText(compiled, findings, process.stderr))
  const ms = Math.round(performance.now() - started)
  const verified = flags.verify && !hasErrors(findings) ? '; Envoy accepts each of its files' : ''
  process.stderr.write(
    `${shortPath(resolvePath(flags.out))}: ${files.size} files, ${written.written} written, ${written.removed} removed, in ${ms} ms${verified}\n`,
  )
  return { ...compiled, diagnostics: findings, isBroken: hasErrors(findings) }
}

/** What is to be said of proxies that start from the files. */
function envoyFindings(resolved: Resolved, told: readonly Diagnostic[]): Diagnostic[] {
  const lacking = [plainTextFindings, secretFindings].flatMap(find => find(resolved, 'start from files'))
  return [...lacking, ...patchFindings(resolved, told)]
}

async function verify(flags: BuildFlags, files: readonly string[], compiled: Verified): Promise<Diagnostic[]> {
  const progress = (line: string) => process.stderr.write(`${line}\n`)
  const envoy = await findEnvoy({ path: flags.envoy, env: process.env, progress })
  const own = files.filter(file => file.startsWith('envoy/'))
  const { root } = compiled.loaded!
  const parts = refusedParts(compiled.resolved)
  return verifyBootstraps({ envoy: envoy.path, out: resolvePath(flags.out), files: own, root, ...parts })
}

type Verified = Compiled & { readonly resolved: Resolved }

/** Builds after each change until a signal; returns the last build. */
async function watchAndBuild(build: Build, first: Compiled): Promise<Compiled> {
  let last = first
  let good = first
  const root = first.loaded?.root ?? resolvePath(build.path)
  const rebuild = async () => {
    try {
      last = await buildOnce(build, good)
      // A source that could not be understood leaves nothing to build upon.
      if (last.resolved !== undefined) good = last
    } catch (error) {
      // A folder that can't be written to any more, say: the next save tries again.
      explainError(error, process.argv.includes('--debug'))
    }
  }
  const watching = await watchFolder(root, rebuild, outputWithin(build.path, build.flags.out))
  process.stderr.write(`watching ${shortPath(root)}; Ctrl-C ends it\n`)
  await new Promise<void>(stop => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop())
  })
  await watching.close()
  return last
}

/**
 * A mesh's sources are no place for its outputs: those would be read as sources, or these no longer be.
 *
 * @throws Failure where the output is the mesh's folder, or one in it that holds other files
 */
function assertApart(path: string, out: string): void {
  const within = relative(sourceFolder(path), realPath(out))
  const foreign = within.startsWith('..') || isAbsolute(within) ? undefined : foreignFile(out)
  if (within !== '' && foreign === undefined) return
  const problem = within === '' ? 'is the mesh’s own folder' : `holds files of the mesh: ${foreign}`
  throw new Failure(optionInvalid({}, { option: `-o ${out}`, problem, remedy: 'for example -o out' }))
}

/** @throws Failure where there is a file in place of the output folder, or of one above it */
function assertFolder(out: string): void {
  const file = fileInTheWay(out)
  if (file === undefined) return
  const problem = file === out ? 'is a file' : `can't lie below ${file}, which is a file`
  throw new Failure(optionInvalid({}, { option: `-o ${out}`, problem, remedy: 'name a folder: for example -o out' }))
}

function readTargets(text: string): TargetName[] {
  const wanted = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  const unknown = wanted.find(name => !(targetNames as readonly string[]).includes(name))
  if (unknown === undefined && wanted.length > 0) return wanted as TargetName[]
  const params = {
    option: `--target ${text}`,
    problem: `names no target "${unknown ?? ''}"`,
    remedy: `choose of ${targetNames.join(', ')}`,
  }
  throw new Failure(optionInvalid({}, params))
}
