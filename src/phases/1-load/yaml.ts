import {
  type Document,
  isAlias,
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
  yamlDuplicateKey,
  yamlForeign,
  yamlIncomplete,
  yamlNotText,
  yamlSyntax,
  yamlTab,
  yamlTooDeep,
} from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { type Span, startOf } from '../../diagnostics/span.ts'
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'
import { type LineIndex, lineIndex, spanOf } from './line-index.ts'
import type { LoadedResource, Part } from './loaded.ts'
import { pointerTokens } from './pointer.ts'

/** How often aliases may multiply a document: the default of the yaml package against "billion laughs". */
const maxAliasCount = 100

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

/** One YAML file while it is read. */
interface Reading {
  readonly index: LineIndex
  readonly resources: LoadedResource[]
  readonly diagnostics: Diagnostic[]
}

/** Reads the Kubernetes objects of one YAML file: several documents, and the items of `kind: List`. */
export function readYaml(file: string, text: string): Outcome<readonly LoadedResource[]> {
  const reading: Reading = { index: lineIndex(file, text), resources: [], diagnostics: [] }
  const documents = parse(text)
  if (documents === undefined) return { value: [], diagnostics: [yamlTooDeep({ span: startOf(file) })] }
  for (const document of documents) readDocument(reading, document)
  return { value: reading.resources, diagnostics: reading.diagnostics }
}

function parse(text: string): readonly Document[] | undefined {
  try {
    return parseAllDocuments(text, {
      prettyErrors: false,
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

function toPlain(reading: Reading, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount })
  } catch (error) {
    if (error instanceof RangeError)
      reading.diagnostics.push(yamlTooDeep({ span: rangeOf(reading, document.contents) }))
    else reading.diagnostics.push(yamlAliases({ span: firstAlias(reading, document) }, { limit: maxAliasCount }))
    return undefined
  }
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
  const { items } = value
  if (String(value['kind']).endsWith('List') && Array.isArray(items)) {
    for (const [index, item] of items.entries()) {
      const path = [...prefix, 'items', index]
      addObject(reading, document, { value: item, node: document.getIn(path, true), prefix: path })
    }
    return
  }
  const spanAt = (pointer: string, part?: Part) => {
    const path = [...prefix, ...pointerTokens(pointer)]
    const key = part === 'key' ? keyAt(document, path) : undefined
    return key === undefined ? nearest(reading, document, node, path) : rangeOf(reading, key)
  }
  const fault = faultOf(value, firstLine(reading, span), spanAt)
  if (fault !== undefined) reading.diagnostics.push(fault)
  else reading.resources.push({ resource: value as unknown as Resource, span, spanAt })
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

/** The range of the value at a path, or of the nearest one around it. */
function nearest(reading: Reading, document: Document, whole: unknown, path: readonly (string | number)[]): Span {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return rangeOf(reading, isAlias(node) ? (node.resolve(document) ?? node) : node)
  }
  return rangeOf(reading, whole)
}

/** The name of the member at a path, where it is written out there: one that is merged in has none. */
function keyAt(document: Document, path: readonly (string | number)[]): unknown {
  const parent = document.getIn(path.slice(0, -1), true)
  const map = isAlias(parent) ? parent.resolve(document) : parent
  if (!isMap(map)) return undefined
  return map.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))?.key
}

function rangeOf(reading: Reading, node: unknown): Span {
  const range = isNode(node) ? (node as Node).range : undefined
  if (range === undefined || range === null) return startOf(reading.index.file)
  // The value's end, not the node's: a comment behind a value is no part of it.
  return spanOf(reading.index, range[0], trimmedEnd(node, range))
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
  const span = spanOf(reading.index, error.pos[0], Math.max(error.pos[1], error.pos[0] + 1))
  if (error.code === 'TAB_AS_INDENT') return yamlTab({ span })
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^[^:\s]+/.exec(reading.index.text.slice(error.pos[0], error.pos[0] + 200))?.[0] ?? ''
    return yamlDuplicateKey({ span: { ...span, ...endOfKey(span, key) } }, { key })
  }
  // The parser recurses, and says of its own stack's end that it is an error of the text.
  if (error.message.includes('call stack')) return yamlTooDeep({ span: startOf(reading.index.file) })
  return yamlSyntax({ span: firstLine(reading, span) }, { reason: error.message })
}

function endOfKey(span: Span, key: string): Pick<Span, 'endLine' | 'endColumn'> {
  return { endLine: span.line, endColumn: span.column + key.length }
}
