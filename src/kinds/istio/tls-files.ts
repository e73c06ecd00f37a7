/** Files that TLS settings name, with where they do. */
import type { CertificateFiles, NamedFile } from '../../model/proxy-file.ts'

/** Why `configmap://…` is not followed. */
export const secretsAlone = 'proxies are given what lies in Secrets, not in ConfigMaps'

/** A member of this name; none where no file is named. */
export function namedFile<Name extends string>(
  name: Name,
  file: string | undefined,
  at: string,
): { readonly [Key in Name]?: NamedFile } {
  const member = { [name]: { file, at } } as { readonly [Key in Name]?: NamedFile }
  return file === undefined || file === '' ? {} : member
}

/** A certificate with its key; undefined unless both are named. */
export function certificateFiles<Chain extends string, Key extends string>(
  settings: { readonly [Name in Chain | Key]?: string | undefined },
  [chain, key]: readonly [Chain, Key],
  at: string,
): CertificateFiles | undefined {
  const [chainFile, keyFile] = [settings[chain], settings[key]]
  if (chainFile === undefined || keyFile === undefined) return undefined
  return { chain: { file: chainFile, at: `${at}/${chain}` }, key: { file: keyFile, at: `${at}/${key}` } }
}
