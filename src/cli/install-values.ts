import { type InstallValues, profiles, withSettings } from '../cluster/install/values.ts'
import { optionInvalid, settingInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'

/** The options by which an installation is described. */
export interface ValueFlags {
  readonly profile: string
  readonly set?: readonly string[]
}

/** @throws Failure naming each option that can't be used */
export function readValues({ profile, set = [] }: ValueFlags): InstallValues {
  const beginning = Object.hasOwn(profiles, profile) ? profiles[profile] : undefined
  if (beginning === undefined) {
    const remedy = `choose of ${Object.keys(profiles).join(', ')}`
    throw new Failure(optionInvalid({}, { option: `--profile ${profile}`, problem: 'is no profile', remedy }))
  }
  const { values, bad } = withSettings(beginning, set)
  if (bad.length > 0) throw new Failure(...bad.map(setting => settingInvalid({}, setting)))
  return values
}
