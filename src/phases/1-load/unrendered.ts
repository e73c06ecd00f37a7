/** Files that another tool renders first: charts of Helm, and what Kustomize changes. Read as they are, they would be other objects, or none. */
import { posix } from 'node:path'
import { parseDocument } from 'yaml'
import { chartUnrendered, kustomizationUnapplied } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { type Span, startOf } from '../../diagnostics/span.ts'
import { isObject } from '../../util/is-object.ts'
import { lineIndex, spanOf } from './line-index.ts'

/** What of a tree's documents is not to be read as objects. */
export interface Unrendered {
  readonly files: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

/** @param read a file's text; undefined where it has none */
export function unrendered(files: readonly string[], read: (file: string) => string | undefined): Unrendered {
  const left = new Set<string>()
  const diagnostics: Diagnostic[] = []
  for (const file of files.filter(isOf(['Chart.yaml'])).sort((a, b) => a.length - b.length)) {
    if (left.has(file) || !isChart(read(file) ?? '')) continue
    const own = files.filter(other => isPartOfChart(relativeTo(file, other)))
    for (const other of own) left.add(other)
    const templates = own.filter(other => relativeTo(file, other)?.startsWith('templates/'))
    const [place] = templates.flatMap(other => expressionIn(other, read(other) ?? '') ?? [])
    diagnostics.push(chartUnrendered({ span: place ?? startOf(file) }))
  }
  for (const file of files.filter(isOf(['kustomization.yaml', 'kustomization.yml']))) {
    if (left.has(file)) continue
    const text = read(file) ?? ''
    const { changes, patches } = kustomizationOf(text)
    if (changes === undefined) continue
    for (const other of [file, ...patches.map(path => posix.join(posix.dirname(file), path))]) left.add(other)
    const [first] = changes
    if (first !== undefined)
      diagnostics.push(kustomizationUnapplied({ span: keyIn(file, text, first) }, { changes: changes.join(', ') }))
  }
  return { files: left, diagnostics }
}

/**
 * The place of a template's first expression, where a text can't be read because of one: a template may lie here without the rest of its
 * chart. Texts within objects may have such expressions, too, and are meant so.
 */
export function templateIn(file: string, text: string, found: readonly Diagnostic[]): Span | undefined {
  const lines = found.flatMap(({ code, span }) => (span !== undefined && unreadable.has(code) ? [span.line] : []))
  if (lines.length === 0 || !helmExpression.test(text)) return undefined
  const all = text.split('\n')
  return lines.some(line => all[line - 1]?.includes('{{') || all[line - 2]?.includes('{{'))
    ? expressionIn(file, text)
    : undefined
}

/** What becomes of braces: MW1050 yaml-syntax, MW1051 yaml-tab, MW1052 yaml-duplicate-key, MW1057 yaml-not-text. */
const unreadable: ReadonlySet<string> = new Set(['MW1050', 'MW1051', 'MW1052', 'MW1057'])

const helmExpression =
  /\{\{-?\s*(?:\(?\s*)?(?:\$|\.(?:Values|Release|Chart|Capabilities|Template|Files)\b|\/\*|(?:include|template|if|with|range|define|end|tpl|toYaml|default|required|printf|quote|lookup)\b)/

function expressionIn(file: string, text: string): Span | undefined {
  const start = text.indexOf('{{')
  if (start < 0) return undefined
  const [line = ''] = text.slice(start, start + 200).split('\n', 1)
  const end = line.indexOf('}}')
  return spanOf(lineIndex(file, text), start, start + (end < 0 ? line.length : end + 2))
}

function isOf(names: readonly string[]): (file: string) => boolean {
  return file => names.includes(posix.basename(file))
}

/** It names its version of Helm's own format, and no kind. */
function isChart(text: string): boolean {
  return /^apiVersion:\s*["']?v[12]["']?\s*(?:#.*)?$/m.test(text) && /^name:/m.test(text) && !/^kind:/m.test(text)
}

/** The path from the folder of one file to another file; undefined where that is not in it. */
function relativeTo(file: string, other: string): string | undefined {
  const path = posix.relative(posix.dirname(file), other)
  return path.startsWith('../') ? undefined : path
}

/** Other folders beside it, such as `crds`, are plain YAML. */
function isPartOfChart(path: string | undefined): boolean {
  return path !== undefined && /^(?:(?:templates|charts|ci)\/|(?:Chart|requirements|values[^/]*)\.ya?ml$)/.test(path)
}

interface Kustomization {
  /** Fields that change what is listed; undefined where a text is no kustomization. */
  readonly changes?: readonly string[]
  /** Paths of parts of objects. */
  readonly patches: readonly string[]
}

/** What only says which files there are. */
const lists: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'resources', 'bases', 'crds'])

function kustomizationOf(text: string): Kustomization {
  const document = parseDocument(text)
  const value: unknown = document.errors.length > 0 ? undefined : safely(() => document.toJS({ maxAliasCount: 100 }))
  // In another folder of this name something else may lie.
  if (!isObject(value) || (value['kind'] ?? 'Kustomization') !== 'Kustomization') return { patches: [] }
  const patches = ['patches', 'patchesStrategicMerge', 'patchesJson6902'].flatMap(field => value[field] ?? [])
  return {
    changes: Object.keys(value).filter(field => !lists.has(field)),
    patches: patches.flatMap(patch => {
      const path: unknown = isObject(patch) ? patch['path'] : patch
      return typeof path === 'string' ? [path] : []
    }),
  }
}

function safely(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}

function keyIn(file: string, text: string, key: string): Span {
  const start = text.split('\n').findIndex(line => line.startsWith(`${key}:`))
  const index = lineIndex(file, text)
  return start < 0 ? startOf(file) : spanOf(index, index.starts[start]!, index.starts[start]! + key.length)
}
