import { optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'

/**
 * Reads `--param name=value`, repeated.
 *
 * @throws Failure where one has no `=`
 */
export function readParams(values: readonly string[] | undefined): { [name: string]: string } {
  return Object.fromEntries((values ?? []).map(readParam))
}

function readParam(value: string): [string, string] {
  const at = value.indexOf('=')
  if (at >= 1) return [value.slice(0, at), value.slice(at + 1)]
  const params = { option: `--param ${value}`, problem: 'has no value', remedy: 'for example --param env=staging' }
  throw new Failure(optionInvalid({}, params))
}
