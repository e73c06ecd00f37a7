import { endlessDuration, exportTo, isDnsLabel, isFqdn, isIpAddress, isWildcardDomain, labels } from '../forms.ts'
import type { Resource } from '../resource.ts'
import {
  badForm,
  cannotServe,
  conflict,
  missing,
  noEffect,
  port,
  type RuleFinding,
  twice,
  unknownWord,
} from '../rule-finding.ts'
import { connectionPoolRules } from './connection-pool-rules.ts'
import type { ClientTLSSettings, DestinationRule, TrafficPolicy, TunnelSettings } from './destination-rule.ts'
import { loadBalancerRules } from './load-balancer-rules.ts'
import { failoverNeedsEjection } from './locality-rules.ts'
import { outlierRules } from './outlier-rules.ts'
import { selectorRules } from './policy-target.ts'
import { secretsAlone } from './tls-files.ts'

/** Istio's validation of DestinationRule, and what Envoy takes of it. */
export function* destinationRuleRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as DestinationRule
  if (!isWildcardDomain(spec.host)) yield badForm('/spec/host', spec.host, 'a host', 'name a service or a DNS name')
  yield* trafficPolicyRules(spec.trafficPolicy, '/spec/trafficPolicy')
  for (const [index, subset] of (spec.subsets ?? []).entries()) {
    const pointer = `/spec/subsets/${index}`
    if (!isDnsLabel(subset.name)) yield badForm(`${pointer}/name`, subset.name, 'a DNS label')
    yield* labels(`${pointer}/labels`, subset.labels)
    yield* trafficPolicyRules(subset.trafficPolicy, `${pointer}/trafficPolicy`)
  }
  yield* twice(
    (spec.subsets ?? []).map(({ name }) => name),
    index => `/spec/subsets/${index}/name`,
  )
  yield* exportTo('/spec/exportTo', spec.exportTo, resource.metadata.namespace)
  yield* selectorRules(spec.workloadSelector, '/spec/workloadSelector')
  if (spec.workloadSelector === undefined) return
  const [other] = (spec.exportTo ?? []).flatMap((to, index) =>
    to === '.' || to === resource.metadata.namespace ? [] : [index],
  )
  if (other !== undefined)
    yield conflict(`/spec/exportTo/${other}`, 'workloadSelector, which holds in its own namespace')
}

function* trafficPolicyRules(policy: TrafficPolicy | undefined, pointer: string): Iterable<RuleFinding> {
  if (policy === undefined) return
  if (Object.keys(policy).length === 0) yield missing(pointer, 'a setting')
  if (policy.tunnel !== undefined && policy.proxyProtocol !== undefined)
    yield conflict(`${pointer}/proxyProtocol`, 'tunnel')
  yield* settingRules(policy, pointer)
  yield* endlessDuration(`${pointer}/retryBudget/budgetInterval`, policy.retryBudget?.budgetInterval)
  for (const [index, setting] of (policy.portLevelSettings ?? []).entries()) {
    const place = `${pointer}/portLevelSettings/${index}`
    if (setting.port?.number === undefined) yield missing(place, 'port.number')
    yield* port(`${place}/port/number`, setting.port?.number)
    const { loadBalancer, connectionPool, outlierDetection, tls } = setting
    if ((loadBalancer ?? connectionPool ?? outlierDetection ?? tls) === undefined)
      yield missing(place, 'loadBalancer, connectionPool, outlierDetection or tls')
    yield* settingRules(setting, place)
  }
  yield* twice(
    (policy.portLevelSettings ?? []).map(setting => setting.port?.number),
    index => `${pointer}/portLevelSettings/${index}/port/number`,
  )
  yield* tunnelRules(policy.tunnel, `${pointer}/tunnel`)
}

function* tunnelRules(tunnel: TunnelSettings | undefined, pointer: string): Iterable<RuleFinding> {
  if (tunnel === undefined) return
  const { protocol, targetHost, targetPort } = tunnel
  if (protocol !== undefined && !['CONNECT', 'POST'].includes(protocol))
    yield unknownWord(`${pointer}/protocol`, protocol, 'a way to open a tunnel', ['CONNECT', 'POST'])
  if (!isFqdn(targetHost) && !isIpAddress(targetHost))
    yield badForm(`${pointer}/targetHost`, targetHost, 'a host', 'write a full DNS name or an address')
  yield* port(`${pointer}/targetPort`, targetPort)
}

function* settingRules(
  policy: Pick<TrafficPolicy, 'loadBalancer' | 'connectionPool' | 'outlierDetection' | 'tls'>,
  pointer: string,
): Iterable<RuleFinding> {
  yield* loadBalancerRules(policy.loadBalancer, `${pointer}/loadBalancer`)
  const locality = policy.loadBalancer?.localityLbSetting
  yield* failoverNeedsEjection(
    locality,
    policy.outlierDetection !== undefined,
    `${pointer}/loadBalancer/localityLbSetting`,
  )
  yield* connectionPoolRules(policy.connectionPool, `${pointer}/connectionPool`)
  yield* outlierRules(policy.outlierDetection, `${pointer}/outlierDetection`)
  yield* clientTlsRules(policy.tls, `${pointer}/tls`)
}

/** By mode: what callers have no use for, and why. */
const unusedTls: {
  readonly [mode in NonNullable<ClientTLSSettings['mode']>]?: {
    readonly reason: string
    readonly fields: readonly (keyof ClientTLSSettings)[]
  }
} = {
  DISABLE: {
    reason: 'DISABLE is plain text',
    fields: [
      ...(['clientCertificate', 'privateKey', 'caCertificates', 'caCrl', 'insecureSkipVerify'] as const),
      ...(['subjectAltNames', 'sni'] as const),
    ],
  },
  SIMPLE: { reason: 'SIMPLE shows no certificate: that is MUTUAL', fields: ['clientCertificate', 'privateKey'] },
  ISTIO_MUTUAL: {
    reason: 'ISTIO_MUTUAL goes by the mesh’s own certificates and authorities',
    fields: ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl', 'insecureSkipVerify'],
  },
}

/** A credential's conflicts, and what it is for, are told of by themselves. */
function* unusedTlsRules(tls: ClientTLSSettings, pointer: string): Iterable<RuleFinding> {
  const unused = unusedTls[tls.mode ?? 'DISABLE']
  if (unused === undefined || tls.credentialName !== undefined) return
  for (const field of unused.fields)
    if (tls[field] !== undefined && tls[field] !== false) yield noEffect(`${pointer}/${field}`, unused.reason)
}

function* clientTlsRules(tls: ClientTLSSettings | undefined, pointer: string): Iterable<RuleFinding> {
  if (tls === undefined) return
  if (tls.credentialName !== undefined) {
    for (const field of ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'] as const)
      if (tls[field] !== undefined) yield conflict(`${pointer}/${field}`, 'credentialName')
  } else if (tls.mode === 'MUTUAL') {
    for (const field of ['clientCertificate', 'privateKey'] as const)
      if (!tls[field]) yield missing(pointer, `${field}, or a credentialName`)
  }
  if (tls.credentialName !== undefined && tls.mode !== 'SIMPLE' && tls.mode !== 'MUTUAL')
    yield noEffect(`${pointer}/credentialName`, `${tls.mode ?? 'DISABLE'} needs no Secret`)
  else if (tls.credentialName?.includes('://') === true) yield cannotServe(`${pointer}/credentialName`, secretsAlone)
  yield* unusedTlsRules(tls, pointer)
  // What Envoy takes; underscores are in names that the mesh itself uses.
  if (tls.sni !== undefined && tls.sni !== '' && !/^[\w.*-]{1,255}$/.test(tls.sni))
    yield badForm(`${pointer}/sni`, tls.sni, 'a server name')
  if (tls.insecureSkipVerify !== true) return
  if (tls.mode === 'SIMPLE' && tls.credentialName !== undefined)
    yield conflict(
      `${pointer}/credentialName`,
      'insecureSkipVerify: in SIMPLE it has nothing but what servers are judged by',
    )
  for (const field of ['caCertificates', 'subjectAltNames'] as const)
    if (tls[field] !== undefined) yield conflict(`${pointer}/${field}`, 'insecureSkipVerify')
}
