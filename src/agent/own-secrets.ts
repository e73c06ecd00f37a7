/** Secrets that are the control plane's own: nobody is given them, and of all others in its namespace it keeps nothing. */
import { authoritySecrets } from '../cluster/authority-secret.ts'
import { machinesSecret } from '../cluster/machines.ts'
import type { ApiObject } from '../cluster/reflector.ts'

export const ownSecrets: readonly string[] = [...Object.values(authoritySecrets).flat(), machinesSecret]

/** Of others' Secrets nothing is kept but that they are there. */
export function withoutOthersData(secret: ApiObject): ApiObject {
  const { metadata } = secret
  return ownSecrets.includes(metadata.name) ? secret : { metadata }
}
