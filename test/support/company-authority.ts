import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuthorityFiles } from '../../src/identity/certificate-authority.ts'

export const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'] as const
export const rsaKey = ['-newkey', 'rsa:2048'] as const

const ca = 'basicConstraints=critical,CA:TRUE'
const certSign = 'keyUsage=critical,keyCertSign'

/**
 * An authority of a company's: a root, and an intermediate below it that signs. Its files are left in the folder.
 *
 * @param extensions what the two of them say they may do
 */
export function companyFiles(
  folder: string,
  key: readonly string[],
  extensions: { readonly root?: readonly string[]; readonly intermediate?: readonly string[] } = {},
): AuthorityFiles {
  const { root: ofRoot = [ca, certSign], intermediate = [ca, certSign] } = extensions
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const root = [
    '-keyout',
    'root.key',
    '-out',
    'root.crt',
    '-subj',
    '/O=Company',
    ...ofRoot.flatMap(one => ['-addext', one]),
  ]
  openssl('req', '-x509', ...key, '-nodes', ...root)
  openssl('req', ...key, '-nodes', '-keyout', 'mid.key', '-out', 'mid.csr', '-subj', '/O=Company/CN=mesh')
  writeFileSync(
    join(folder, 'ext'),
    `${intermediate.join('\n')}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n`,
  )
  const signer = ['-CA', 'root.crt', '-CAkey', 'root.key', '-CAcreateserial', '-days', '9', '-extfile', 'ext']
  openssl('x509', '-req', '-in', 'mid.csr', ...signer, '-out', 'mid.crt')
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { chain: read('mid.crt'), key: read('mid.key'), roots: read('root.crt') }
}
