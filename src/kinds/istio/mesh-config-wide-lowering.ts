import type { ExportDefaults, MeshSettings, TlsLimits, WideSettings } from '../../model/mesh-settings.ts'
import { at } from '../definition.ts'
import { durationMs } from '../duration.ts'
import type { Resource } from '../resource.ts'
import type { MeshConfig } from './mesh-config.ts'
import type { MeshTls } from './mesh-config-wide.ts'
import { lowerHeaders } from './proxy-headers.ts'
import { knownWords } from './tls-words.ts'
import { lowerRetries } from './virtual-service-lowering.ts'

/** What concerns all proxies, routes and names alike. */
export function lowerWide(
  config: MeshConfig,
  resource: Resource,
): Pick<MeshSettings, 'retries' | 'exportTo' | 'trustAliases' | 'rootNamespace' | 'wide'> {
  const { defaultHttpRetryPolicy: retries, trustDomain = '', trustDomainAliases = [] } = config
  const aliases = trustDomain === '' ? trustDomainAliases : [trustDomain, ...trustDomainAliases]
  const [wide, exportTo] = [lowerSettings(config), lowerExports(config)]
  return {
    ...(retries === undefined
      ? {}
      : { retries: lowerRetries(retries, at(resource, '/data/mesh/defaultHttpRetryPolicy')) }),
    ...(Object.keys(exportTo).length === 0 ? {} : { exportTo }),
    ...((config.rootNamespace ?? '') === '' ? {} : { rootNamespace: config.rootNamespace! }),
    ...(aliases.length === 0 ? {} : { trustAliases: [...new Set(aliases)] }),
    ...(Object.keys(wide).length === 0 ? {} : { wide }),
  }
}

function lowerSettings(config: MeshConfig): WideSettings {
  const {
    pathNormalization,
    protocolDetectionTimeout,
    dnsRefreshRate,
    meshMTLS,
    tlsDefaults,
    proxyHttpPort = 0,
  } = config
  const { normalization: paths = 'DEFAULT' } = pathNormalization ?? {}
  const {
    numTrustedProxies,
    proxyProtocol,
    forwardClientCertDetails: certs = 'UNDEFINED',
  } = config.defaultConfig?.gatewayTopology ?? {}
  const detectionMs = durationMs(protocolDetectionTimeout)
  const dnsRefreshMs = durationMs(dnsRefreshRate)
  const headers = lowerHeaders(config.defaultConfig?.proxyHeaders)
  return {
    ...(paths === 'DEFAULT' ? {} : { paths }),
    ...(detectionMs === undefined ? {} : { detectionMs }),
    ...(dnsRefreshMs === undefined ? {} : { dnsRefreshMs }),
    ...(numTrustedProxies === undefined ? {} : { trustedProxies: numTrustedProxies }),
    ...(proxyProtocol === undefined ? {} : { takesProxyHeader: true as const }),
    ...(certs === 'UNDEFINED' ? {} : { clientCerts: certs }),
    ...(config.inboundTrafficPolicy?.mode === 'LOCALHOST' ? { areAtLocalhost: true as const } : {}),
    ...(proxyHttpPort === 0 ? {} : { httpProxyPort: proxyHttpPort }),
    ...(meshMTLS === undefined ? {} : { meshTls: lowerTls(meshMTLS) }),
    ...(tlsDefaults === undefined ? {} : { otherTls: lowerTls(tlsDefaults) }),
    ...(headers === undefined ? {} : { headers }),
  }
}

function lowerTls({ minProtocolVersion, cipherSuites, ecdhCurves }: MeshTls): TlsLimits {
  return {
    ...(minProtocolVersion === 'TLSV1_3' ? { minVersion: minProtocolVersion } : {}),
    cipherSuites: knownWords('cipherSuites', cipherSuites),
    curves: knownWords('ecdhCurves', ecdhCurves),
  }
}

function lowerExports(config: MeshConfig): ExportDefaults {
  const {
    defaultServiceExportTo: services,
    defaultVirtualServiceExportTo: routings,
    defaultDestinationRuleExportTo: destinations,
  } = config
  return {
    ...(services === undefined ? {} : { services }),
    ...(routings === undefined ? {} : { routings }),
    ...(destinations === undefined ? {} : { destinations }),
  }
}
