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
}

export interface RefusedResource {
  readonly type: 'cluster' | 'listener' | 'extension'
  readonly name: string
}

/** Lets Envoy itself judge each bootstrap. */
export async function verifyBootstraps({ envoy, out, files, root, spanOf }: VerifyOptions): Promise<Diagnostic[]> {
  const queue = [...files]
  const refusals: Refusal[] = []
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const reason = await validate(envoy, join(out, file), root)
      if (reason === undefined) continue
      const refused = spanOf === undefined ? undefined : await refusedIn(join(out, file), { envoy, root })
      const span = refused === undefined ? undefined : spanOf?.(file, refused)
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
  const folder = await mkdtemp(join(tmpdir(), 'mesh-verify-'))
  const part = join(folder, 'part.json')
  const isRefused = async (statics: Statics) => {
    const all = { ...bootstrap.static_resources, ...statics }
    await writeFile(part, JSON.stringify({ ...bootstrap, static_resources: all }), { mode: 0o600 })
    return (await validate(envoy, part, root)) !== undefined
  }
  try {
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
  } finally {
    await rm(folder, { recursive: true })
  }
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
