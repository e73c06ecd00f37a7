import { ownValue } from '../util/own-value.ts'
import { declareParam } from './declaration.ts'
import { site } from './trace.ts'

declare global {
  /** Values for parameters, as text, by name; put there by the sandbox before the first module runs. */
  var __meshwrightParams: { readonly [name: string]: string } | undefined
}

export interface StringParam {
  /** How the text that is given is read. Default: as it stands. */
  readonly type?: 'string'
  /** Taken where no value is given. Default: a value must be given. */
  readonly default?: string
}
export interface NumberParam {
  /** How the text that is given is read. */
  readonly type: 'number'
  /** Taken where no value is given. Default: a value must be given. */
  readonly default?: number
}
export interface BooleanParam {
  /** How the text that is given is read: `true` or `false`. */
  readonly type: 'boolean'
  /** Taken where no value is given. Default: a value must be given. */
  readonly default?: boolean
}
export interface OneOfParam<Values extends string> {
  /** The values that are allowed. */
  readonly oneOf: readonly Values[]
  /** One of the values, taken where none is given. Default: a value must be given. */
  readonly default?: NoInfer<Values>
}

/**
 * Declares a parameter: the only input that a mesh has. Given by `--param name=value`; without a default it must be.
 *
 * @example
 * const env = param('env', { oneOf: ['staging', 'prod'], default: 'staging' })
 */
export function param<const Values extends string>(name: string, options: OneOfParam<Values>): Values
export function param(name: string, options: NumberParam): number
export function param(name: string, options: BooleanParam): boolean
export function param(name: string, options?: StringParam): string
export function param(
  name: string,
  options: StringParam | NumberParam | BooleanParam | OneOfParam<string> = {},
): string | number | boolean {
  const at = site()
  const type = 'oneOf' in options ? 'enum' : (options.type ?? 'string')
  declareParam({
    name,
    type,
    ...('oneOf' in options ? { values: options.oneOf } : {}),
    ...(options.default === undefined ? {} : { default: options.default }),
    site: at,
  })
  const text = ownValue(globalThis.__meshwrightParams ?? {}, name)
  if (text === undefined) return options.default ?? { string: '', enum: '', number: 0, boolean: false }[type]
  // A text that does not fit the type is load's to report; the mesh is not used then.
  return type === 'number' ? Number(text) : type === 'boolean' ? text === 'true' : text
}
