import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** For node:test's `skip`: false where there is an openssl, else the reason. */
export const withoutOpenssl: string | false =
  spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0 ? false : 'no openssl to make certificates'

const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']

/** A self-signed certificate and its key, cert.pem and key.pem, for Envoy to load; no key is ever kept. False without openssl. */
export function makeCertificate(folder: string, newKey: readonly string[] = p256): boolean {
  mkdirSync(folder, { recursive: true })
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=shop.example', '-addext', 'subjectAltName=DNS:shop.example']
  const kind = [...newKey, '-nodes', '-days', '1']
  const files = ['-keyout', key, '-out', certificate]
  return spawnSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' }).status === 0
}

/** A list, PEM, by which a certificate of such a folder takes itself back. */
export function revocation(folder: string): string {
  const at = (file: string) => join(folder, file)
  const own = [`database=${at('index')}`, 'default_md=sha256', 'default_crl_days=1']
  writeFileSync(at('ca.conf'), ['[ca]', 'default_ca=own', '[own]', ...own, ''].join('\n'))
  writeFileSync(at('index'), '')
  const [key, certificate] = [at('key.pem'), at('cert.pem')]
  const ca = (...what: readonly string[]) =>
    execFileSync('openssl', ['ca', '-config', at('ca.conf'), '-keyfile', key, '-cert', certificate, ...what], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString()
  ca('-revoke', certificate)
  return ca('-gencrl')
}
