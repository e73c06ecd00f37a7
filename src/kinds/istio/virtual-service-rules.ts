import { exportTo, isIpAddress, isWildcardDomain } from '../forms.ts'
import type { Resource } from '../resource.ts'
import { badForm, conflict, missing, type RuleFinding, token, twice } from '../rule-finding.ts'
import { claimOf } from './claim-name.ts'
import { gatewayNames } from './http-match-rules.ts'
import { httpRouteRules } from './http-route-rules.ts'
import { tcpRouteRules, tlsRouteRules } from './l4-route-rules.ts'
import { rewriteRules } from './rewrite-rules.ts'
import type { VirtualService, VirtualServiceSpec } from './virtual-service.ts'

/** Istio's validation of VirtualService, and what Envoy takes of it. */
export function* virtualServiceRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as VirtualService
  yield* hostRules(spec)
  yield* gatewayNames('/spec/gateways', spec.gateways)
  yield* exportTo('/spec/exportTo', spec.exportTo, resource.metadata.namespace)
  if (!spec.http?.length && !spec.tls?.length && !spec.tcp?.length) yield missing('/spec', 'http, tls or tcp')
  for (const [index, rule] of (spec.http ?? []).entries()) yield* httpRouteRules(rule, `/spec/http/${index}`)
  yield* rewriteRules(spec)
  yield* claimRules(spec)
  for (const [index, rule] of (spec.tls ?? []).entries())
    yield* tlsRouteRules(rule, spec.hosts ?? [], `/spec/tls/${index}`)
  for (const [index, rule] of (spec.tcp ?? []).entries()) yield* tcpRouteRules(rule, `/spec/tcp/${index}`)
}

/** Tokens are verified before a gateway picks a route; for the callers within the mesh nobody verifies any. */
function* claimRules({ gateways = [], http = [] }: VirtualServiceSpec): Iterable<RuleFinding> {
  if (gateways.some(name => name !== 'mesh')) return
  for (const [index, { match = [] }] of http.entries())
    for (const [at, each] of match.entries())
      for (const field of ['headers', 'withoutHeaders'] as const)
        for (const name of Object.keys(each[field] ?? {}))
          if (claimOf(name) !== undefined)
            yield conflict(
              `/spec/http/${index}/match/${at}/${field}/${token(name)}`,
              'gateways that name none: only gateways know what a token says when they pick a route',
            )
}

/** As gateways of other networks are called, by the name of the cluster that is meant: `outbound_.PORT_.SUBSET_.HOST`. */
function isClusterName(host: string): boolean {
  const named = /^outbound_\.\d+_\.[\w-]*_\.(.+)$/.exec(host)?.[1]
  return named !== undefined && isWildcardDomain(named)
}

function* hostRules(spec: VirtualServiceSpec): Iterable<RuleFinding> {
  const hosts = spec.hosts ?? []
  const isPassedOn = spec.gateways?.includes('mesh') === false && (spec.tls ?? []).length > 0
  const inMesh = !spec.gateways?.length || spec.gateways.includes('mesh')
  if (hosts.length === 0) {
    // Without hosts it is a delegate: others say where its rules hold.
    for (const field of ['gateways', 'tls', 'tcp'] as const)
      if (spec[field] !== undefined) yield conflict(`/spec/${field}`, 'no hosts: it is the delegate of another')
    for (const [index, rule] of (spec.http ?? []).entries())
      if (rule.delegate !== undefined)
        yield conflict(`/spec/http/${index}/delegate`, 'no hosts: a delegate delegates no further')
  }
  for (const [index, host] of hosts.entries()) {
    const pointer = `/spec/hosts/${index}`
    const isHost = isWildcardDomain(host) || isIpAddress(host) || (isPassedOn && isClusterName(host))
    if (!isHost) yield badForm(pointer, host, 'a host', 'write a DNS name, "*.domain" or "*", without port or path')
    else if (host === '*' && inMesh)
      yield badForm(pointer, host, 'a host within the mesh', 'name the service, or bind the route to gateways only')
  }
  const names = hosts.map(host => host.toLowerCase())
  yield* twice(names, index => `/spec/hosts/${index}`)
  for (const [index, name] of names.entries()) {
    const other = names.find(each => each !== name && each.startsWith('*') && name.endsWith(each.slice(1)))
    if (other !== undefined) yield conflict(`/spec/hosts/${index}`, `"${other}", which covers it`)
  }
}
