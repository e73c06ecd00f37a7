/** Reads a module's syntax tree once and keeps what syntax.ts names. Runs in the type-checker's process. */
import { type Expression, type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import * as is from 'typescript/unstable/ast/is'
import type { CallSyntax, FileSyntax, ForbiddenSyntax, ReturnSyntax, ValueSyntax } from './syntax.ts'

interface Extraction {
  readonly file: SourceFile
  /** Names that mean a forbidden global unless the file declares them itself. */
  readonly forbiddenNames: ReadonlySet<string>
  readonly calls: CallSyntax[]
  readonly returns: ReturnSyntax[]
  readonly consts: Map<string, ValueSyntax | undefined>
  readonly forbidden: ForbiddenSyntax[]
  readonly declared: Set<string>
}

export function extractSyntax(file: SourceFile, forbiddenNames: ReadonlySet<string>): FileSyntax {
  const extraction: Extraction = {
    file,
    forbiddenNames,
    calls: [],
    returns: [],
    consts: new Map(),
    forbidden: [],
    declared: new Set(),
  }
  visitChildren(extraction, file)
  const consts = [...extraction.consts].filter((entry): entry is [string, ValueSyntax] => entry[1] !== undefined)
  return {
    calls: extraction.calls,
    returns: extraction.returns,
    consts: Object.fromEntries(consts),
    forbidden: extraction.forbidden.filter(use => !extraction.declared.has(use.name)),
  }
}

/** Iterative, because a hostile file may nest deeper than our stack. */
function visitChildren(extraction: Extraction, root: Node): void {
  const pending: Node[] = [root]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    visit(extraction, node)
    const parent = node
    node.forEachChild(child => {
      noteIdentifier(extraction, child, parent)
      pending.push(child)
      return undefined
    })
  }
}

function visit(extraction: Extraction, node: Node): void {
  if (is.isCallExpression(node) || is.isNewExpression(node)) noteCall(extraction, node)
  else if (is.isTaggedTemplateExpression(node)) noteTemplate(extraction, node)
  else if (is.isReturnStatement(node) && node.expression !== undefined) noteReturn(extraction, node, node.expression)
  else if (is.isVariableDeclaration(node)) noteConstant(extraction, node)
}

function noteCall(extraction: Extraction, node: Node & { readonly expression: Expression }): void {
  const callee = skipWrappers(node.expression)
  if (callee.kind === SyntaxKind.ImportKeyword) {
    extraction.forbidden.push({ name: 'import()', start: startOf(extraction, node), end: node.end })
    return
  }
  const last = is.isPropertyAccessExpression(callee) ? callee.name : callee
  const args = (node as { readonly arguments?: readonly Expression[] }).arguments ?? []
  extraction.calls.push({
    key: startOf(extraction, last),
    name: is.isIdentifier(last) ? last.text : '',
    start: startOf(extraction, node),
    open: node.expression.end + 1,
    end: node.end,
    args: args.map(arg => valueSyntax(extraction, arg)),
  })
}

function noteTemplate(extraction: Extraction, node: Node & { readonly tag: Expression }): void {
  const last = is.isPropertyAccessExpression(node.tag) ? node.tag.name : node.tag
  const start = startOf(extraction, node)
  const name = is.isIdentifier(last) ? last.text : ''
  extraction.calls.push({
    key: startOf(extraction, last),
    name,
    start,
    open: node.tag.end + 1,
    end: node.end,
    args: [],
  })
}

function noteReturn(extraction: Extraction, node: Node, value: Expression): void {
  const keys = tailCalls(value).map(call => {
    const callee = skipWrappers(call.expression)
    return startOf(extraction, is.isPropertyAccessExpression(callee) ? callee.name : callee)
  })
  if (keys.length > 0) extraction.returns.push({ start: startOf(extraction, node), keys })
}

/** The calls whose result is the expression's own. */
function tailCalls(value: Expression): readonly (Node & { readonly expression: Expression })[] {
  const inner = skipWrappers(value)
  if (is.isCallExpression(inner)) return [inner]
  if (is.isConditionalExpression(inner)) return [...tailCalls(inner.whenTrue), ...tailCalls(inner.whenFalse)]
  if (is.isBinaryExpression(inner)) return tailCalls(inner.right)
  return []
}

function noteConstant(extraction: Extraction, node: Node): void {
  const { name, initializer } = node as { readonly name?: Node; readonly initializer?: Expression }
  if (name === undefined || !is.isIdentifier(name) || initializer === undefined) return
  // A name that stands twice in a file could be either: it is then not followed.
  const isTwice = extraction.consts.has(name.text)
  const isConst = (node.parent.flags & 2) !== 0
  extraction.consts.set(name.text, isTwice || !isConst ? undefined : valueSyntax(extraction, initializer))
}

/** How deep literals are followed: deeper than any resource is. */
const maxDepth = 40

function valueSyntax(extraction: Extraction, expression: Node, depth = 0): ValueSyntax {
  const range = { start: startOf(extraction, expression), end: expression.end }
  const inner = skipWrappers(expression as Expression)
  if (depth === maxDepth) return range
  if (is.isIdentifier(inner)) return { ...range, ref: inner.text }
  if (is.isArrayLiteralExpression(inner)) {
    const spread = inner.elements.findIndex(element => is.isSpreadElement(element))
    const known = spread === -1 ? [...inner.elements] : inner.elements.slice(0, spread)
    return { ...range, items: known.map(element => valueSyntax(extraction, element, depth + 1)) }
  }
  if (is.isObjectLiteralExpression(inner)) return { ...range, ...membersOf(extraction, inner.properties, depth + 1) }
  return range
}

function membersOf(
  extraction: Extraction,
  properties: readonly Node[],
  depth: number,
): Pick<ValueSyntax, 'keys' | 'spreads'> {
  const keys: [string, ValueSyntax][] = []
  const spreads: ValueSyntax[] = []
  for (const property of properties) {
    if (is.isSpreadAssignment(property)) spreads.push(valueSyntax(extraction, property.expression, depth))
    else if (is.isPropertyAssignment(property)) {
      const name = keyOf(property.name)
      if (name !== undefined) keys.push([name, valueSyntax(extraction, property.initializer, depth)])
    } else if (is.isShorthandPropertyAssignment(property)) {
      keys.push([(property.name as { readonly text: string }).text, valueSyntax(extraction, property.name, depth)])
    }
  }
  // The spread written last wins, so it is asked first.
  return { keys: Object.fromEntries(keys), ...(spreads.length === 0 ? {} : { spreads: spreads.reverse() }) }
}

function keyOf(name: Node): string | undefined {
  if (is.isIdentifier(name) || is.isStringLiteral(name) || is.isNumericLiteral(name)) return name.text
  if (is.isComputedPropertyName(name) && is.isStringLiteral(name.expression)) return name.expression.text
  return undefined
}

function skipWrappers(expression: Expression): Expression {
  let inner = expression
  while (
    is.isParenthesizedExpression(inner) ||
    is.isAsExpression(inner) ||
    is.isSatisfiesExpression(inner) ||
    is.isNonNullExpression(inner)
  ) {
    inner = inner.expression
  }
  return inner
}

function startOf(extraction: Extraction, node: Node): number {
  return node.getStart(extraction.file)
}

/** Sorts an identifier: a declaration of its name, a use of a global, or neither. */
function noteIdentifier(extraction: Extraction, node: Node, parent: Node): void {
  if (is.isPropertyAccessExpression(node) && is.isIdentifier(node.expression)) noteMember(extraction, node)
  if (!is.isIdentifier(node) || !extraction.forbiddenNames.has(node.text)) return
  if (isDeclarationName(node, parent)) extraction.declared.add(node.text)
  else if (!isOtherName(node, parent)) {
    extraction.forbidden.push({ name: node.text, start: startOf(extraction, node), end: node.end })
  }
}

/** `Math.random` and `globalThis.Date`. */
function noteMember(extraction: Extraction, node: Node & { readonly expression: Node; readonly name: Node }): void {
  const object = is.isIdentifier(node.expression) ? node.expression.text : ''
  const name = is.isIdentifier(node.name) ? node.name.text : ''
  const use = object === 'globalThis' ? name : `${object}.${name}`
  if (!extraction.forbiddenNames.has(use)) return
  extraction.forbidden.push({ name: use, start: startOf(extraction, node), end: node.end })
}

function isDeclarationName(node: Node, parent: Node): boolean {
  if (is.isImportSpecifier(parent) || is.isImportClause(parent) || is.isNamespaceImport(parent)) return true
  const declares =
    is.isVariableDeclaration(parent) ||
    is.isParameterDeclaration(parent) ||
    is.isFunctionDeclaration(parent) ||
    is.isClassDeclaration(parent) ||
    is.isBindingElement(parent)
  return declares && (parent as { readonly name?: Node }).name === node
}

/** Names of members, and names in types: they mean no global. */
function isOtherName(node: Node, parent: Node): boolean {
  if (is.isPropertyAccessExpression(parent)) return parent.name === node
  if (is.isShorthandPropertyAssignment(parent)) return false
  if ('name' in parent && (parent as { readonly name?: Node }).name === node) return true
  return is.isTypeReferenceNode(parent) || is.isQualifiedName(parent) || is.isTypeQueryNode(parent)
}
