import { existsSync } from 'node:fs'
import { defaultCaFile } from '../model/mesh.ts'

/** Where systems keep the roots of public CAs: Debian and Alpine, Fedora and RHEL, older ones, SUSE, macOS and the BSDs. */
const usual = [
  defaultCaFile,
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** The file of this machine: that of SSL_CERT_FILE, as with OpenSSL, else the first usual one that is there. */
export function publicRoots(env: Readonly<{ [name: string]: string | undefined }>): string {
  return env['SSL_CERT_FILE'] || (usual.find(file => existsSync(file)) ?? defaultCaFile)
}
