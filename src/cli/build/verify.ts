import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { envoyRefused } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../diagnostics/span.ts'
import { counted } from '../../util/counted.ts'

const run = promisify(execFile)
/** `--mode validate` takes 0.1 s; a machine under load may take much longer. ms */
const timeoutMs = 60_000
const atOnce = 4

export interface VerifyOptions {
  readonly envoy: string
  /** The output folder. */
  readonly out: string
  /** Envoy files, relative to the output folder. */
  readonly files: readonly string[]
  /** The mesh's folder: certificates are named relative to it. */
  readonly root: string
  /** What a resource of one of the files comes from. Default: nobody knows. */
  readonly spanOf?: (file: string, resource: RefusedResource) => Span | undefined
  /** What authors patch into one of the files; undefined: nothing. Default: the same. */
  readonly patchesOf?: (file: string) => FilePatches | undefined
}

/** Changes that a file was made with, one by one. */
export interface FilePatches {
  readonly count: number
  /** The file as it is with some of them alone, by their indexes. */
  readonly textWith: (kept: readonly number[]) => string
  readonly spanOf: (index: number) => Span | undefined
}

export interface RefusedResource {
  readonly type: 'cluster' | 'listener' | 'extension'
  readonly name: string
}

/** Lets Envoy itself judge each bootstrap. */
export async function verifyBootstraps(options: VerifyOptions): Promise<Diagnostic[]> {
  const { envoy, out, files, root } = options
  const queue = [...files]
  const refusals: Refusal[] = []
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const reason = await validate(envoy, join(out, file), root)
      if (reason === undefined) continue
      const span = (await patchRefused(file, options)) ?? (await resourceRefused(file, options))
      refusals.push({ file: join(out, file), reason, ...(span === undefined ? {} : { span }) })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const alike = Map.groupBy(
    refusals.sort((a, b) => (a.file < b.file ? -1 : 1)),
    ({ file, reason, span }) => (span === undefined ? file : JSON.stringify([reason, span])),
  )
  return [...alike.values()].map(([first, ...others]) => {
    const { file, reason, span } = first!
    const found = envoyRefused({ span }, { file, reason })
    const note = `the same holds for ${counted(others.length, 'more file')}: ${others.map(other => other.file).join(', ')}`
    return others.length === 0 ? found : { ...found, notes: [...found.notes, note] }
  })
}

interface Refusal {
  readonly file: string
  readonly reason: string
  readonly span?: Span
}

async function resourceRefused(file: string, { envoy, out, root, spanOf }: VerifyOptions): Promise<Span | undefined> {
  const refused = spanOf === undefined ? undefined : await refusedIn(join(out, file), { envoy, root })
  return refused === undefined ? undefined : spanOf?.(file, refused)
}

/** Where a change is written that Envoy refuses by itself, the first of several; undefined where none is. */
async function patchRefused(file: string, { envoy, root, patchesOf }: VerifyOptions): Promise<Span | undefined> {
  const patches = patchesOf?.(file)
  if (patches === undefined) return undefined
  return withPart(async part => {
    const isRefused = async (kept: readonly number[]) => {
      await writeFile(part, patches.textWith(kept), { mode: 0o600 })
      return (await validate(envoy, part, root)) !== undefined
    }
    if (await isRefused([])) return undefined
    const index = await onlyOne([...Array(patches.count).keys()], isRefused)
    return index === undefined ? undefined : patches.spanOf(index)
  })
}

/** With a file that is gone afterwards. */
async function withPart<T>(work: (part: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-verify-'))
  try {
    return await work(join(folder, 'part.json'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A part of a bootstrap: enough to see which resource it is that Envoy refuses. */
interface Statics {
  readonly clusters: readonly { readonly name: string }[]
  readonly listeners: readonly { readonly name: string }[]
}

/** Of a file that is refused, the one resource that is refused for itself; undefined where it takes several together. */
async function refusedIn(
  file: string,
  { envoy, root }: Pick<VerifyOptions, 'envoy' | 'root'>,
): Promise<RefusedResource | undefined> {
  const bootstrap = JSON.parse(await readFile(file, 'utf8')) as { readonly static_resources: Partial<Statics> }
  const { clusters = [], listeners = [] } = bootstrap.static_resources
  return withPart(async part => {
    const isRefused = async (statics: Statics) => {
      const all = { ...bootstrap.static_resources, ...statics }
      await writeFile(part, JSON.stringify({ ...bootstrap, static_resources: all }), { mode: 0o600 })
      return (await validate(envoy, part, root)) !== undefined
    }
    const cluster = await onlyOne(clusters, some => isRefused({ clusters: some, listeners: [] }))
    if (cluster !== undefined) return { type: 'cluster', name: cluster.name }
    // Routes within a listener name clusters, which have to be there.
    const listener = await onlyOne(listeners, some => isRefused({ clusters, listeners: some }))
    if (listener === undefined) return undefined
    for (const name of filterNames(listener)) {
      if (!(await isRefused({ clusters, listeners: [withoutFilter(listener, name)] })))
        return { type: 'extension', name }
    }
    return { type: 'listener', name: listener.name }
  })
}

interface Named {
  readonly name?: string
}

/** Filters that are no part of what every listener has: extensions stand in bootstraps under their own names. */
function filterNames(listener: object): Set<string> {
  const names = new Set<string>()
  JSON.stringify(listener, (field, value: unknown) => {
    if (field === 'http_filters')
      for (const { name = '' } of value as readonly Named[]) if (!name.startsWith('envoy.')) names.add(name)
    return value
  })
  return names
}

function withoutFilter(listener: { readonly name: string }, without: string): { readonly name: string } {
  const text = JSON.stringify(listener, (field, value: unknown) =>
    field === 'http_filters' ? (value as readonly Named[]).filter(({ name }) => name !== without) : value,
  )
  return JSON.parse(text) as { readonly name: string }
}

/** By halves: the one of a list that fails; undefined where none does by itself. */
async function onlyOne<T>(list: readonly T[], fails: (some: readonly T[]) => Promise<boolean>): Promise<T | undefined> {
  let some = list
  while (some.length > 1) {
    const half = some.slice(0, some.length >> 1)
    some = (await fails(half)) ? half : some.slice(half.length)
  }
  return some.length === 1 && (await fails(some)) ? some[0] : undefined
}

/** What Envoy has against a file; undefined where nothing. */
async function validate(envoy: string, file: string, cwd: string): Promise<string | undefined> {
  try {
    await run(envoy, ['--mode', 'validate', '-c', file, '--log-level', 'error', '--disable-hot-restart'], {
      cwd,
      timeout: timeoutMs,
    })
    return undefined
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string }
    return reasonOf(stderr) ?? message
  }
}

/**
 * Envoy's reason, out of its log: the critical line, or, where that goes on to print the whole message that it refuses,
 * what stands behind it.
 */
function reasonOf(log: string): string | undefined {
  const [, head = ''] = /error initializing configuration '[^']*': ([\s\S]*)/.exec(log) ?? []
  const constraint = /Proto constraint validation failed \(([\s\S]*?)\)\s*$/m.exec(head)?.[1]
  if (constraint !== undefined) return constraint.split(' | caused by ').at(-1)!
  const [line = ''] = head.split('\n')
  return line.trim() === '' ? undefined : line.trim()
}
