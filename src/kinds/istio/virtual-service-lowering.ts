import type * as model from '../../model/http-route.ts'
import type { At } from '../../model/node.ts'
import { at, type Contribution, type LowerContext, nodeOf, qualifyHost } from '../definition.ts'
import { durationMs } from '../duration.ts'
import type { Resource } from '../resource.ts'
import { lowerMatch, lowerStringMatch } from './http-match-lowering.ts'
import { lowerL4Rules } from './l4-route-lowering.ts'
import type * as api from './virtual-service.ts'

/** What lowering a rule needs to know of the resource around it. */
export interface LoweringScope extends LowerContext {
  readonly namespace: string
  /** The address of a value of the resource. */
  readonly at: (pointer: string) => At
}

export function lowerVirtualService(resource: Resource, { domain }: LowerContext): Contribution {
  const spec = (resource as unknown as api.VirtualService).spec
  const node = nodeOf(resource)
  const scope: LoweringScope = { domain, namespace: node.namespace, at: pointer => at(resource, pointer) }
  // None at all is as none said (Istio's rule).
  const isSaid = (spec.gateways ?? []).length > 0
  const gateways = isSaid ? spec.gateways! : ['mesh']
  return {
    routings: [
      {
        ...node,
        hosts: (spec.hosts ?? []).map((host, index) => ({
          host: qualifyHost(host, node.namespace, domain),
          at: at(resource, `/spec/hosts/${index}`),
        })),
        gateways: gateways.map((gateway, index) => ({
          gateway: qualifyGateway(gateway, node.namespace),
          at: isSaid ? at(resource, `/spec/gateways/${index}`) : node.at,
        })),
        rules: (spec.http ?? []).map((rule, index) => lowerRule(rule, scope, `/spec/http/${index}`)),
        tls: lowerL4Rules(spec.tls, scope, '/spec/tls'),
        tcp: lowerL4Rules(spec.tcp, scope, '/spec/tcp'),
        ...(spec.exportTo === undefined ? {} : { exportTo: spec.exportTo }),
      },
    ],
  }
}

/** `mesh` stays; a bare name is a gateway of the same namespace; a host, as they once were written, begins with name and namespace. */
export function qualifyGateway(gateway: string, namespace: string): string {
  if (gateway === 'mesh' || gateway.includes('/')) return gateway
  const [name, named] = gateway.split('.')
  return `${named ?? namespace}/${name}`
}

function lowerRule(rule: api.HTTPRoute, scope: LoweringScope, pointer: string): model.HttpRule {
  const timeoutMs = durationMs(rule.timeout)
  const place = (suffix: string) => scope.at(pointer + suffix)
  return {
    ...(rule.name === undefined ? {} : { name: rule.name }),
    matches: (rule.match ?? []).map((match, index) => lowerMatch(match, scope.namespace, place(`/match/${index}`))),
    action: lowerAction(rule, scope, pointer),
    ...(rule.delegate === undefined ? {} : { delegate: lowerDelegate(rule.delegate, scope, place('/delegate')) }),
    ...(rule.headers === undefined ? {} : { headers: lowerHeaders(rule.headers) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(rule.retries === undefined ? {} : { retries: lowerRetries(rule.retries, place('/retries')) }),
    ...(rule.fault === undefined ? {} : { fault: lowerFault(rule.fault, place('/fault')) }),
    mirrors: lowerMirrors(rule, scope, pointer),
    ...(rule.corsPolicy === undefined ? {} : { cors: lowerCors(rule.corsPolicy) }),
    at: place(''),
  }
}

function lowerDelegate({ name, namespace }: api.Delegate, scope: LoweringScope, at: string): model.Delegate {
  return { name: name ?? '', namespace: namespace || scope.namespace, at }
}

function lowerAction(rule: api.HTTPRoute, scope: LoweringScope, pointer: string): model.HttpAction {
  if (rule.redirect !== undefined) return { kind: 'redirect', redirect: lowerRedirect(rule.redirect) }
  if (rule.directResponse !== undefined) {
    const { status, body } = rule.directResponse
    if (body?.bytes !== undefined) return { kind: 'respond', status, body: { kind: 'bytes', base64: body.bytes } }
    return body?.string === undefined
      ? { kind: 'respond', status }
      : { kind: 'respond', status, body: { kind: 'string', value: body.string } }
  }
  const routes = rule.route ?? []
  return {
    kind: 'forward',
    destinations: routes.map((route, index) => ({
      ...lowerDestination(route.destination, scope, `${pointer}/route/${index}`),
      // Istio: a lone destination takes everything, whatever its weight says.
      weight: routes.length === 1 ? 100 : (route.weight ?? 0),
      ...(route.headers === undefined ? {} : { headers: lowerHeaders(route.headers) }),
    })),
    ...(rule.rewrite === undefined ? {} : { rewrite: lowerRewrite(rule.rewrite) }),
  }
}

export function lowerDestination(
  destination: api.Destination,
  scope: LoweringScope,
  pointer: string,
): model.Destination {
  return {
    host: qualifyHost(destination.host, scope.namespace, scope.domain),
    ...(destination.subset === undefined ? {} : { subset: destination.subset }),
    ...(destination.port?.number === undefined ? {} : { port: destination.port.number }),
    weight: 100,
    at: scope.at(pointer),
  }
}

function lowerRedirect(redirect: api.HTTPRedirect): model.Redirect {
  const port = lowerRedirectPort(redirect)
  return {
    ...(redirect.uri === undefined ? {} : { uri: redirect.uri }),
    ...(redirect.prefixRewrite === undefined ? {} : { prefixRewrite: redirect.prefixRewrite }),
    ...(redirect.authority === undefined ? {} : { authority: redirect.authority }),
    ...(redirect.scheme === undefined ? {} : { scheme: redirect.scheme }),
    ...(port === undefined ? {} : { port }),
    code: redirect.redirectCode ?? 301,
  }
}

function lowerRedirectPort(redirect: api.HTTPRedirect): model.Redirect['port'] {
  if (redirect.port !== undefined) return { kind: 'number', number: redirect.port }
  if (redirect.derivePort === 'FROM_PROTOCOL_DEFAULT') return { kind: 'fromProtocol' }
  return redirect.derivePort === 'FROM_REQUEST_PORT' ? { kind: 'fromRequest' } : undefined
}

function lowerRewrite(rewrite: api.HTTPRewrite): model.Rewrite {
  const regex = rewrite.uriRegexRewrite
  return {
    ...(rewrite.uri === undefined ? {} : { uri: rewrite.uri }),
    ...(regex === undefined ? {} : { uriRegex: { match: regex.match ?? '', rewrite: regex.rewrite ?? '' } }),
    ...(rewrite.authority === undefined ? {} : { authority: rewrite.authority }),
  }
}

/** Tries after the first, of a route or of all that say nothing. */
export function lowerRetries(retries: api.HTTPRetry, place: string): model.Retries {
  const perTryTimeoutMs = durationMs(retries.perTryTimeout)
  const backoffMs = durationMs(retries.backoff)
  return {
    // As in Istio, where a number that is not said is 0.
    attempts: retries.attempts ?? 0,
    ...(perTryTimeoutMs === undefined ? {} : { perTryTimeoutMs }),
    retryOn: (retries.retryOn ?? '')
      .split(',')
      .map(condition => condition.trim())
      .filter(condition => condition !== ''),
    retryRemoteLocalities: retries.retryRemoteLocalities ?? false,
    retryIgnorePreviousHosts: retries.retryIgnorePreviousHosts ?? true,
    ...(backoffMs === undefined ? {} : { backoffMs }),
    at: place,
  }
}

function lowerFault(fault: api.HTTPFaultInjection, place: string): model.Fault {
  const fixedMs = durationMs(fault.delay?.fixedDelay)
  const abort = fault.abort === undefined ? undefined : lowerAbort(fault.abort)
  const delayPercent =
    fault.delay?.percentage === undefined ? (fault.delay?.percent ?? 0) : percentOf(fault.delay.percentage)
  return {
    // Without a share a fault is for no request, unlike a mirror, which is for all (Istio's defaults).
    ...(fixedMs === undefined ? {} : { delay: { fixedMs, percent: delayPercent } }),
    ...(abort === undefined ? {} : { abort }),
    at: place,
  }
}

function lowerAbort(abort: api.FaultAbort): model.Fault['abort'] {
  const percent = abort.percentage === undefined ? 0 : percentOf(abort.percentage)
  if (abort.grpcStatus !== undefined) return { kind: 'grpc', status: abort.grpcStatus, percent }
  return abort.httpStatus === undefined ? undefined : { kind: 'http', status: abort.httpStatus, percent }
}

/** Absent: everything; present without a value: nothing (proto3's zero). */
function percentOf(percentage: api.Percent | undefined): number {
  return percentage === undefined ? 100 : (percentage.value ?? 0)
}

function lowerMirrors(rule: api.HTTPRoute, scope: LoweringScope, pointer: string): model.Mirror[] {
  if (rule.mirrors !== undefined) {
    return rule.mirrors.map((mirror, index) => ({
      destination: lowerDestination(mirror.destination, scope, `${pointer}/mirrors/${index}`),
      percent: percentOf(mirror.percentage),
    }))
  }
  if (rule.mirror === undefined) return []
  const whole = rule.mirrorPercent ?? rule.mirror_percent
  const percent = rule.mirrorPercentage === undefined ? (whole ?? 100) : percentOf(rule.mirrorPercentage)
  return [{ destination: lowerDestination(rule.mirror, scope, `${pointer}/mirror`), percent }]
}

function lowerCors(cors: api.CorsPolicy): model.Cors {
  const maxAgeMs = durationMs(cors.maxAge)
  const origins = cors.allowOrigins?.flatMap(lowerStringMatch) ?? (cors.allowOrigin ?? []).map(originText)
  return {
    allowOrigins: origins,
    allowMethods: cors.allowMethods ?? [],
    allowHeaders: cors.allowHeaders ?? [],
    exposeHeaders: cors.exposeHeaders ?? [],
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    ...(cors.allowCredentials === undefined ? {} : { allowCredentials: cors.allowCredentials }),
    unmatchedPreflights: cors.unmatchedPreflights === 'IGNORE' ? 'IGNORE' : 'FORWARD',
  }
}

/** The superseded `allowOrigin` knows exact origins and `*`. */
function originText(origin: string): model.StringMatch {
  return origin === '*' ? { kind: 'prefix', value: '' } : { kind: 'exact', value: origin }
}

function lowerHeaders(headers: api.Headers): model.HeaderChanges {
  return { request: lowerOperations(headers.request), response: lowerOperations(headers.response) }
}

function lowerOperations(operations: api.HeaderOperations | undefined): model.HeaderOperations {
  return { set: operations?.set ?? {}, add: operations?.add ?? {}, remove: operations?.remove ?? [] }
}
