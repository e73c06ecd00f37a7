import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  type Node,
  parseAllDocuments,
  type ScalarTag,
  visit,
  type YAMLError,
} from 'yaml'
import {
  yamlAliases,
  yamlCyclic,
  yamlDuplicateKey,
  yamlForeign,
  yamlIncomplete,
  yamlInexact,
  yamlNotText,
  yamlSyntax,
  yamlTab,
  yamlTag,
  yamlTooDeep,
} from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { type Span, startOf } from '../../diagnostics/span.ts'
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'
import { memo } from '../../util/memo.ts'
import { jsonStarts } from './json-stream.ts'
import { type LineIndex, lineIndex, spanOf } from './line-index.ts'
import type { LoadedResource, Part } from './loaded.ts'
import { pointerTokens } from './pointer.ts'
import { rangeWithin } from './text-range.ts'
import { documentTexts } from './yaml-documents.ts'
import { type Inexact, inexactIn, mayBeInexact } from './yaml-exact.ts'
import { expandsTooFar, maxAliased } from './yaml-expansion.ts'
import { keyAt, nodesAlong } from './yaml-path.ts'

/**
 * Kubernetes reads YAML 1.1's octal numbers and its yes/no and on/off: a defaultMode of 0644 is 420. The rest of 1.1
 * (base 60, dates) it does not read, so that the schema is 1.2's core and these two.
 */
const kubernetesTags: readonly ScalarTag[] = [
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    test: /^[-+]?0[0-7_]+$/,
    resolve: text => Number.parseInt(text.replaceAll('_', ''), 8),
  },
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:yes|Yes|YES|on|On|ON|no|No|NO|off|Off|OFF)$/,
    resolve: text => /^(?:yes|on)$/i.test(text),
  },
]

/** One file while it is read. */
interface Reading {
  readonly index: LineIndex
  /** Where the text that is parsed begins in the file. */
  readonly base: number
  /** Is it looked through for values that JSON can't hold? */
  readonly isWalked: boolean
  readonly resources: LoadedResource[]
  readonly diagnostics: Diagnostic[]
}

type Parsed = readonly Document[] | undefined

/** What texts of documents were parsed to: by text, for whoever reads some of them again. */
export type ParsedTexts = Map<string, Parsed>

/**
 * Reads the Kubernetes objects of one file of YAML or JSON: several documents, and the items of `kind: List`.
 *
 * @param parsed gets all that was parsed
 * @param before what was parsed before: what has not changed gives the same objects
 */
export function readYaml(
  file: string,
  text: string,
  parsed: ParsedTexts = new Map(),
  before: ReadonlyMap<string, Parsed> = parsed,
): Outcome<readonly LoadedResource[]> {
  const reading: Reading = {
    index: lineIndex(file, text),
    base: 0,
    isWalked: mayBeInexact(text),
    resources: [],
    diagnostics: [],
  }
  const parts = documentTexts(text).map(part => {
    const documents = before.has(part.text) ? before.get(part.text) : parse(part.text)
    parsed.set(part.text, documents)
    return { ...part, documents }
  })
  const starts = parts[0]?.documents?.[0]?.errors.length ? jsonStarts(text) : undefined
  if (starts !== undefined) {
    for (const [n, base] of starts.entries()) readText({ ...reading, base }, parse(text.slice(base, starts[n + 1])))
  } else for (const { base, documents } of parts) readText({ ...reading, base }, documents)
  return { value: reading.resources, diagnostics: reading.diagnostics }
}

function readText(reading: Reading, documents: Parsed): void {
  if (documents === undefined) reading.diagnostics.push(yamlTooDeep({ span: startOf(reading.index.file) }))
  for (const document of documents ?? []) readDocument(reading, document)
}

function parse(text: string): Parsed {
  try {
    return parseAllDocuments(text, {
      prettyErrors: false,
      // A key that is a list is found by the checks, as everything is.
      logLevel: 'error',
      merge: true,
      customTags: tags => [...kubernetesTags, ...tags],
    }) as readonly Document[]
  } catch (error) {
    // The parser recurses: what nests deeper than the stack is no Kubernetes object.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readDocument(reading: Reading, document: Document): void {
  const [error] = document.errors
  if (error !== undefined) {
    reading.diagnostics.push(explainError(reading, error))
    return
  }
  const { contents } = document
  // An empty document, such as the one behind a trailing "---".
  if (contents === null || (isScalar(contents) && contents.value === null)) return
  const value = toPlain(reading, document)
  if (value !== undefined) addObject(reading, document, { value, node: contents, prefix: [] })
}

/** The same objects for the same document. */
const plainOf = memo((document: Document): unknown => document.toJS({ maxAliasCount: -1 }))

function toPlain(reading: Reading, document: Document): unknown {
  try {
    // Without an anchor nothing multiplies, or can hold itself.
    const hasAnchors = reading.index.text.includes('&')
    if (hasAnchors && expandsTooFar(document.contents)) {
      reading.diagnostics.push(yamlAliases({ span: firstAlias(reading, document) }, { limit: maxAliased }))
      return undefined
    }
    const value = plainOf(document)
    const isCyclic = hasAnchors && holdsItself(value)
    if (!isCyclic) return value
    reading.diagnostics.push(yamlCyclic({ span: firstAlias(reading, document) }))
  } catch (error) {
    reading.diagnostics.push(explainAliases(reading, document, error))
  }
  return undefined
}

function explainAliases(reading: Reading, document: Document, error: unknown): Diagnostic {
  if (error instanceof RangeError) return yamlTooDeep({ span: rangeOf(reading, document.contents) })
  const span = firstAlias(reading, document)
  const reason = error instanceof Error ? error.message : String(error)
  return yamlSyntax({ span: firstLine(reading, span) }, { reason })
}

/** Does an alias stand within what it names? Shared values are looked at once. */
function holdsItself(value: unknown, above = new Set<unknown>(), seen = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return above.has(value)
  seen.add(value)
  above.add(value)
  const isCyclic = Object.values(value).some(member => holdsItself(member, above, seen))
  above.delete(value)
  return isCyclic
}

interface Found {
  readonly value: unknown
  readonly node: unknown
  /** Path from the document's root: an item of a List has one. */
  readonly prefix: readonly (string | number)[]
}

function addObject(reading: Reading, document: Document, found: Found): void {
  const { value, node, prefix } = found
  const span = rangeOf(reading, node)
  if (!isObject(value) || (value['apiVersion'] === undefined && value['kind'] === undefined)) {
    reading.diagnostics.push(yamlForeign({ span: firstLine(reading, span) }))
    return
  }
  const items = itemsOf(value)
  if (items !== undefined) {
    for (const [index, item] of items.entries()) {
      const path = [...prefix, 'items', index]
      addObject(reading, document, { value: item, node: nodesAlong(document, path).at(-1), prefix: path })
    }
    return
  }
  const spanAt = (pointer: string, part?: Part) => {
    const path = [...prefix, ...pointerTokens(pointer)]
    const key = part === 'key' ? keyAt(document, path) : undefined
    return key === undefined ? nearest(reading, document, { path, part }) : rangeOf(reading, key)
  }
  const fault = faultOf(value, firstLine(reading, span), spanAt)
  const inexact = reading.isWalked ? inexactIn(node) : []
  reading.diagnostics.push(...(fault === undefined ? inexact.map(each => explainInexact(reading, each)) : [fault]))
  if (fault === undefined && inexact.length === 0)
    reading.resources.push({ resource: value as unknown as Resource, span, spanAt })
}

/** What a list of Kubernetes holds; undefined for a value that is none. */
function itemsOf(value: { readonly [key: string]: unknown }): readonly unknown[] | undefined {
  const { apiVersion, kind, items } = value
  if (typeof kind !== 'string' || !kind.endsWith('List')) return undefined
  const isNamed = isObject(value['metadata']) && value['metadata']['name'] !== undefined
  // Go writes an empty list as null.
  if (!Array.isArray(items)) return (items ?? null) === null && (kind === 'List' || !isNamed) ? [] : undefined
  if (kind === 'List') return items
  // An API server leaves out what the list's own kind says of all of them.
  const common = { apiVersion, kind: kind.slice(0, -'List'.length) }
  return items.map((item: unknown) => (isObject(item) ? { ...common, ...item } : item))
}

function explainInexact(reading: Reading, found: Inexact): Diagnostic {
  const span = rangeOf(reading, found.node)
  return found.kind === 'number' ? yamlInexact({ span }, { text: found.text }) : yamlTag({ span }, { tag: found.tag })
}

/** Why a value is no Kubernetes object, though it means to be one. */
function faultOf(
  value: { readonly [key: string]: unknown },
  whole: Span,
  spanAt: (pointer: string) => Span,
): Diagnostic | undefined {
  const metadata = isObject(value['metadata']) ? value['metadata'] : {}
  const fields = [
    ['apiVersion', '/apiVersion', value['apiVersion'], true],
    ['kind', '/kind', value['kind'], true],
    ['metadata.name', '/metadata/name', metadata['name'], true],
    ['metadata.namespace', '/metadata/namespace', metadata['namespace'], false],
  ] as const
  for (const [field, pointer, text, isRequired] of fields) {
    if (text === undefined && isRequired) return yamlIncomplete({ span: whole }, { field })
    if (text !== undefined && typeof text !== 'string') return yamlNotText({ span: spanAt(pointer) }, { field })
  }
  return undefined
}

interface Place {
  readonly path: readonly (string | number)[]
  readonly part: Part | undefined
}

/** The range of the value at a path, or of the nearest one around it; the name of the value only where it is part of a text. */
function nearest(reading: Reading, document: Document, { path, part }: Place): Span {
  const nodes = nodesAlong(document, path)
  const last = nodes.at(-1)
  const { index, base } = reading
  // A text may be YAML itself: MeshConfig is one in a ConfigMap.
  const within =
    isScalar(last) && nodes.length <= path.length
      ? rangeWithin(last, path.slice(nodes.length - 1), { source: index.text.slice(base), part })
      : undefined
  if (within !== undefined) return spanOf(index, base + within[0], base + within[1])
  return rangeOf(
    reading,
    nodes.findLast(node => isNode(node) && node.range),
  )
}

function rangeOf(reading: Reading, node: unknown): Span {
  const range = isNode(node) ? (node as Node).range : undefined
  if (range === undefined || range === null) return startOf(reading.index.file)
  // The value's end, not the node's: a comment behind a value is no part of it.
  return spanOf(reading.index, reading.base + range[0], reading.base + trimmedEnd(node, range))
}

/** Collections in block style end behind their last line break; the last value's end is what a reader sees. */
function trimmedEnd(node: unknown, range: readonly [number, number, number]): number {
  if (!isCollection(node) || node.flow) return range[1]
  const last = node.items.at(-1)
  const inner = isMap(node) ? ((last as { value?: unknown; key?: unknown } | undefined)?.value ?? null) : last
  return isNode(inner) && inner.range ? trimmedEnd(inner, inner.range) : range[1]
}

/** Marking a document of a hundred lines helps nobody: its first line stands for it. */
function firstLine(reading: Reading, span: Span): Span {
  if (span.line === span.endLine) return span
  const start = reading.index.starts[span.line - 1] ?? 0
  const [line = ''] = reading.index.text.slice(start, start + 200).split(/\r?\n/, 1)
  return { ...span, endLine: span.line, endColumn: Math.max(line.length, span.column) + 1 }
}

function firstAlias(reading: Reading, document: Document): Span {
  let span = rangeOf(reading, document.contents)
  visit(document, {
    Alias(_, node) {
      span = rangeOf(reading, node)
      return visit.BREAK
    },
  })
  return span
}

function explainError(reading: Reading, error: YAMLError): Diagnostic {
  const start = reading.base + error.pos[0]
  const span = spanOf(reading.index, start, Math.max(reading.base + error.pos[1], start + 1))
  if (error.code === 'TAB_AS_INDENT') return yamlTab({ span })
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^[^:\s]+/.exec(reading.index.text.slice(start, start + 200))?.[0] ?? ''
    return yamlDuplicateKey({ span: { ...span, ...endOfKey(span, key) } }, { key })
  }
  // The parser recurses, and says of its own stack's end that it is an error of the text.
  if (error.message.includes('call stack')) return yamlTooDeep({ span: startOf(reading.index.file) })
  return yamlSyntax({ span: firstLine(reading, span) }, { reason: error.message })
}

function endOfKey(span: Span, key: string): Pick<Span, 'endLine' | 'endColumn'> {
  return { endLine: span.line, endColumn: span.column + key.length }
}
