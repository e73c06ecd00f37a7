import type { ParamDeclaration } from '../../authoring/declaration.ts'
import { paramMissing, paramType, unknownParam } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../diagnostics/span.ts'
import { literalExpression } from '../../util/literal-expression.ts'

export interface ParamOptions {
  readonly declared: readonly ParamDeclaration[]
  readonly given: Readonly<{ [name: string]: string }>
  readonly spanOf: (param: ParamDeclaration) => Span | undefined
}

/** By type: what fits, in words, and the test. The vocabulary's `param` converts by the same rules. */
const types: Readonly<{ [type: string]: readonly [string, RegExp] }> = {
  number: ['a number', /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i],
  boolean: ['true or false', /^(true|false)$/],
}

/** Holds the values that were given against what the mesh declares. */
export function checkParams({ declared, given, spanOf }: ParamOptions): readonly Diagnostic[] {
  const names = [...new Set(declared.map(param => param.name))].sort()
  const remedy = names.length === 0 ? 'the mesh declares none; leave it out' : `the mesh declares: ${names.join(', ')}`
  const unknown = Object.keys(given)
    .filter(name => !names.includes(name))
    .map(name => unknownParam({}, { name, remedy }))
  return [...unknown, ...declared.flatMap(param => checkOne(param, given, spanOf(param)))]
}

function checkOne(
  param: ParamDeclaration,
  given: Readonly<{ [name: string]: string }>,
  span: Span | undefined,
): readonly Diagnostic[] {
  const { name } = param
  const value = Object.hasOwn(given, name) ? given[name] : undefined
  if (value === undefined) return param.default === undefined ? [paramMissing({ span }, { name })] : []
  const [expected, test] = types[param.type] ?? oneOf(param)
  if (test === undefined || test.test(value)) return []
  const related = span === undefined ? [] : [{ span, message: 'declared here' }]
  return [paramType({ related }, { name, expected, value })]
}

function oneOf(param: ParamDeclaration): readonly [string, RegExp | undefined] {
  if (param.values === undefined) return ['a text', undefined]
  const escaped = param.values.map(literalExpression)
  return [`one of ${param.values.join(', ')}`, new RegExp(`^(?:${escaped.join('|')})$`)]
}
