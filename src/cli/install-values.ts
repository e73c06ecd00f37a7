import { type InstallValues, problemsIn, profiles, withSettings } from '../cluster/install/values.ts'
import { optionInvalid, settingInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'

/** The options by which an installation is described. */
export interface ValueFlags {
  readonly profile: string
  readonly set?: readonly string[]
  /** Whose the proxies are: a value that has an option of its own. */
  readonly target?: string
}

/**
 * The values of a profile, or those that are given, with single ones replaced.
 *
 * @throws Failure naming each option that can't be used
 */
export function readValues({
  profile,
  set = [],
  target,
}: Omit<ValueFlags, 'profile'> & { readonly profile: string | InstallValues }): InstallValues {
  const settings = [...set, ...(target === undefined ? [] : [`target=${target}`])]
  const { values, bad } = withSettings(typeof profile === 'string' ? profileOf(profile) : profile, settings)
  const problems = bad.length > 0 ? bad : problemsIn(values)
  if (problems.length > 0) throw new Failure(...problems.map(setting => settingInvalid({}, setting)))
  return values
}

function profileOf(name: string): InstallValues {
  const values = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (values !== undefined) return values
  const remedy = `choose of ${Object.keys(profiles).join(', ')}`
  throw new Failure(optionInvalid({}, { option: `--profile ${name}`, problem: 'is no profile', remedy }))
}
