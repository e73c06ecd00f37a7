/**
 * Holds the certificates and keys that gateways and callers name against what Envoy takes, before an Envoy refuses them. Which files
 * are looked at, and how strictly, is told by `mesh explain MW3112`.
 */
import type { X509Certificate } from 'node:crypto'
import { certificateOutOfDate, proxyFileUnusable } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { OwnTls } from '../../model/client-tls.ts'
import type { ServerTls } from '../../model/gateway.ts'
import type { CertificateFiles, NamedFile } from '../../model/proxy-file.ts'
import { ownTlsOf } from '../../model/traffic-policy.ts'
import type { ProxyFiles } from '../1-load/proxy-files.ts'
import type { Source } from '../1-load/source-tree.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { placeOf, subjectAt } from '../2-resolve/span-table.ts'
import { fieldName } from './field-path.ts'
import { certificatesOf, type Flaw, noPem, privateKeyOf, revocationsOf } from './pem.ts'

export interface ProxyFileOptions {
  readonly files: ProxyFiles
  /** Do the proxies run on this machine? Then what is not here will not be there. */
  readonly isHere: boolean
  /** `YYYY-MM-DD`. */
  readonly today: string
}

interface Checking extends ProxyFileOptions {
  readonly spans: Resolved['spans']
}

export function checkProxyFiles({ mesh, spans }: Resolved, options: ProxyFileOptions): Diagnostic[] {
  const checking = { ...options, spans }
  return [
    ...mesh.gateways.flatMap(({ servers }) =>
      // Elsewhere TLS is passed on, or the port has none.
      servers.flatMap(({ tls, port }) =>
        tls === undefined || !endsTls.has(port.protocol) ? [] : serverFindings(tls, checking),
      ),
    ),
    ...mesh.scopes.flatMap(({ ingress = [] }) =>
      ingress.flatMap(({ tls }) => (tls === undefined ? [] : serverFindings(tls, checking))),
    ),
    ...ownTlsOf(mesh.destinations).flatMap(tls => clientFindings(tls, checking)),
  ]
}

const endsTls: ReadonlySet<string> = new Set(['HTTPS', 'TLS'])

function serverFindings({ mode, certificates, ca, crl }: ServerTls, checking: Checking): Diagnostic[] {
  if (certificates.length === 0 || mode === 'PASSTHROUGH') return []
  const asksClients = mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL'
  return [
    ...certificates.flatMap(files => certificateFindings(files, checking)),
    ...(asksClients ? authorityFindings({ ca, crl }, checking) : []),
  ]
}

function clientFindings({ certificate, ca, crl, isUnverified }: OwnTls, checking: Checking): Diagnostic[] {
  return [
    ...(certificate === undefined ? [] : certificateFindings(certificate, checking)),
    ...(isUnverified ? [] : authorityFindings({ ca, crl }, checking)),
  ]
}

function certificateFindings({ chain, key }: CertificateFiles, checking: Checking): Diagnostic[] {
  const certificates = read(chain, checking, certificatesOf)
  const privateKey = read(key, checking, privateKeyOf)
  const [own] = certificates.value ?? []
  return [
    ...certificates.findings,
    ...(own === undefined ? [] : dateFindings(chain, own, checking)),
    ...privateKey.findings,
    ...(own === undefined || privateKey.value === undefined || own.checkPrivateKey(privateKey.value)
      ? []
      : [unusable(key, strangeKey, checking, chain)]),
  ]
}

/** By whom the other side's certificates are judged. */
function authorityFindings(
  { ca, crl }: { readonly ca: NamedFile | undefined; readonly crl: NamedFile | undefined },
  checking: Checking,
): Diagnostic[] {
  return [
    ...(ca === undefined ? [] : read(ca, checking, certificatesOf).findings),
    ...(crl === undefined ? [] : read(crl, checking, revocationsOf).findings),
  ]
}

const strangeKey: Flaw = {
  problem: 'holds a key that does not belong to the certificate',
  remedy: 'name the key with which the certificate was requested; the first certificate of a chain is the proxy’s own',
}
/** By what came of reading: nothing for a file that belongs to another machine. */
const flaws: { readonly [Kind in Exclude<Source['kind'], 'text' | 'outside'>]: Flaw } = {
  missing: {
    problem: 'is not there, or is no file',
    remedy: 'correct the path, which begins at the mesh’s folder, or put the file there',
    isPassing: true,
  },
  denied: {
    problem: 'may not be read',
    remedy: 'give the user who runs this command the right to read it',
    isPassing: true,
  },
  'too-large': { ...noPem, problem: 'is too large for a PEM file' },
  'not-utf8': noPem,
}

type Parse<T> = (text: string) => T | Flaw

/** What a file holds, or what is wrong with it; neither for a file that is not looked at. */
function read<T extends object>(
  named: NamedFile,
  checking: Checking,
  parse: Parse<T>,
): { readonly value?: T; readonly findings: Diagnostic[] } {
  const source = checking.files.get(named.file)
  if (source === undefined || source.kind === 'outside') return { findings: [] }
  const value = source.kind === 'text' ? parse(source.text) : flaws[source.kind]
  return 'problem' in value ? { findings: [unusable(named, value, checking)] } : { value, findings: [] }
}

/** Envoy serves a certificate at any time; whoever calls refuses it. */
function dateFindings(named: NamedFile, certificate: X509Certificate, checking: Checking): Diagnostic[] {
  const [from, until] = [certificate.validFromDate, certificate.validToDate].map(date =>
    date.toISOString().slice(0, 10),
  )
  const problem =
    checking.today > until! ? `ended on ${until}` : checking.today < from! ? `begins only on ${from}` : undefined
  return problem === undefined
    ? []
    : [certificateOutOfDate(placeOf(checking.spans, named.at), { ...wordsOf(named, checking), problem })]
}

function unusable(
  named: NamedFile,
  { problem, remedy, isPassing }: Flaw,
  checking: Checking,
  beside?: NamedFile,
): Diagnostic {
  const span = beside === undefined ? undefined : checking.spans.spanOf(beside.at)
  const related = span === undefined ? [] : [{ span, message: 'the certificate' }]
  const found = proxyFileUnusable(
    { ...placeOf(checking.spans, named.at), related },
    { ...wordsOf(named, checking), problem, remedy },
  )
  return isPassing && !checking.isHere ? { ...found, severity: 'warning' } : found
}

function wordsOf({ file, at }: NamedFile, { spans }: Checking) {
  const { kind, name } = subjectAt(at)
  return { kind, name, file, field: fieldName(spans.pointerOf(at), spans.optionOf(at)) }
}
