import type {
  Server as MeshServer,
  NamedSecret,
  ServerHost,
  ServerProtocol,
  ServerTls,
  TlsVersion,
} from '../../model/gateway.ts'
import { at, type Contribution, nodeOf, plainHost } from '../definition.ts'
import type { Resource } from '../resource.ts'
import type { Gateway, Server, ServerTLSSettings } from './gateway.ts'
import { certificateFiles, namedFile } from './tls-files.ts'
import { knownWords } from './tls-words.ts'

export function lowerGateway(resource: Resource): Contribution {
  const spec = (resource as unknown as Gateway).spec
  const servers = (spec.servers ?? []).flatMap((server, index) =>
    // One at a socket has no port, and is not served.
    server.port.number === 0 ? [] : [lowerServer(server, resource, `/spec/servers/${index}`)],
  )
  return { gateways: [{ ...nodeOf(resource), selector: spec.selector ?? {}, servers }] }
}

function lowerServer(server: Server, resource: Resource, pointer: string): MeshServer {
  const namespace = resource.metadata.namespace ?? ''
  return {
    port: {
      number: server.port.number,
      name: server.port.name,
      protocol: server.port.protocol.toUpperCase() as ServerProtocol,
    },
    hosts: server.hosts.map((host, index) => lowerHost(host, namespace, at(resource, `${pointer}/hosts/${index}`))),
    ...(server.bind === undefined ? {} : { bind: server.bind }),
    ...(server.tls === undefined ? {} : { tls: lowerTls(server.tls, at(resource, `${pointer}/tls`)) }),
    at: at(resource, pointer),
  }
}

/** `ns/host`; `./host` is the gateway's own namespace; a bare host may be bound from anywhere. */
function lowerHost(text: string, namespace: string, place: string): ServerHost {
  const slash = text.indexOf('/')
  if (slash < 0) return { namespace: '*', host: plainHost(text), at: place }
  const prefix = text.slice(0, slash)
  return { namespace: prefix === '.' ? namespace : prefix, host: plainHost(text.slice(slash + 1)), at: place }
}

export function lowerTls(tls: ServerTLSSettings, place: string): ServerTls {
  const minVersion = version(tls.minProtocolVersion)
  const maxVersion = version(tls.maxProtocolVersion)
  const listed = tls.tlsCertificates?.map((files, index) => ({ files, at: `${place}/tlsCertificates/${index}` }))
  const sources = listed ?? [{ files: tls, at: place }]
  const authorities = sources.find(({ files }) => files.caCertificates !== undefined)
  return {
    // Istio: a tls block that only redirects has no mode of its own to speak of.
    mode: tls.mode ?? 'PASSTHROUGH',
    httpsRedirect: tls.httpsRedirect ?? false,
    certificates: sources.flatMap(
      ({ files, at: from }) => certificateFiles(files, ['serverCertificate', 'privateKey'], from) ?? [],
    ),
    ...namedFile('ca', authorities?.files.caCertificates, `${authorities?.at}/caCertificates`),
    ...namedFile('crl', tls.caCrl, `${place}/caCrl`),
    publicKeyHashes: tls.verifyCertificateSpki ?? [],
    certificateHashes: tls.verifyCertificateHash ?? [],
    credentials: namedSecrets(tls, place),
    ...(tls.caCertCredentialName === undefined
      ? {}
      : { caCredential: { name: tls.caCertCredentialName, at: `${place}/caCertCredentialName` } }),
    takesAnyone: tls.insecureSkipVerify === true,
    subjectAltNames: tls.subjectAltNames ?? [],
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    cipherSuites: knownWords('cipherSuites', tls.cipherSuites),
    at: place,
  }
}

function namedSecrets({ credentialName, credentialNames = [] }: ServerTLSSettings, place: string): NamedSecret[] {
  if (credentialName !== undefined) return [{ name: credentialName, at: `${place}/credentialName` }]
  return credentialNames.map((name, index) => ({ name, at: `${place}/credentialNames/${index}` }))
}

function version(text: string | undefined): TlsVersion | undefined {
  return text === undefined || text === 'TLS_AUTO' ? undefined : (text as TlsVersion)
}
