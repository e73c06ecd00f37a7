/**
 * Leads the kubelet's checks and hooks to the pod's proxy, which asks the application in its place: whatever goes past
 * the proxy would also go past its policies, and what goes through it as it is meets mTLS.
 */
import { podPorts } from '../../model/placement.ts'
import type { AppProbe } from '../../phases/4-emit/envoy/index.ts'
import type { Action, Container, HttpGet, Probe } from './pod.ts'

/** A container whose checks ask the proxy, and what the proxy has to know for that. */
export interface Rewritten {
  readonly container: Container
  readonly probes: readonly AppProbe[]
}

/** The last part of the path, by the container's field. */
const probeNames = { livenessProbe: 'livez', readinessProbe: 'readyz', startupProbe: 'startupz' } as const
const hookNames = { postStart: 'poststart', preStop: 'prestop' } as const

/** When a check is asked, and how long it may take. s */
type Timing = Required<Pick<Probe, 'periodSeconds' | 'timeoutSeconds'>>

/** Kubernetes' own defaults, and what a hook gets, which has no timeout of its own. */
const defaultTiming: Timing = { periodSeconds: 10, timeoutSeconds: 1 }
const hookTiming: Timing = { ...defaultTiming, timeoutSeconds: 30 }

export function rewriteProbes(container: Container): Rewritten {
  const probes: AppProbe[] = []
  const lead = (action: Action, name: string, { periodSeconds, timeoutSeconds }: Timing): Action => {
    const path = `/app-health/${container.name}/${name}`
    const timing = { timeoutMs: timeoutSeconds * 1000, periodMs: periodSeconds * 1000 }
    const probe = appProbe(action, container, { path, ...timing })
    if (probe === undefined) return action
    probes.push(probe)
    const { httpGet: _http, tcpSocket: _tcp, grpc: _grpc, ...rest } = action
    return { ...rest, httpGet: askProxy(path, action.httpGet) }
  }
  let changed: Container = container
  for (const [field, name] of entries(probeNames)) {
    const probe: Probe | undefined = container[field]
    if (probe !== undefined) changed = { ...changed, [field]: lead(probe, name, timingOf(probe)) }
  }
  for (const [field, name] of entries(hookNames)) {
    const hook = container.lifecycle?.[field]
    if (hook !== undefined)
      changed = { ...changed, lifecycle: { ...changed.lifecycle, [field]: lead(hook, name, hookTiming) } }
  }
  return { container: changed, probes }
}

/** Kubernetes takes nought for its default, too. */
function timingOf({ periodSeconds, timeoutSeconds }: Probe): Timing {
  return {
    periodSeconds: periodSeconds || defaultTiming.periodSeconds,
    timeoutSeconds: timeoutSeconds || defaultTiming.timeoutSeconds,
  }
}

function entries<Names extends object>(names: Names): [keyof Names, Names[keyof Names]][] {
  return Object.entries(names) as [keyof Names, Names[keyof Names]][]
}

/** Headers go along; the scheme and the host are the proxy's business. */
function askProxy(path: string, original: HttpGet | undefined): HttpGet {
  const headers = original?.httpHeaders?.filter(({ name }) => name.toLowerCase() !== 'host') ?? []
  return { path, port: podPorts.status, scheme: 'HTTP', ...(headers.length === 0 ? {} : { httpHeaders: headers }) }
}

/** Undefined: a check of another kind (a command), or one that asks somebody else than this pod. */
function appProbe(
  { httpGet, tcpSocket, grpc }: Action,
  container: Container,
  base: Pick<AppProbe, 'path' | 'timeoutMs' | 'periodMs'>,
): AppProbe | undefined {
  if (httpGet !== undefined && httpGet.host === undefined) {
    const port = portNumber(httpGet.port, container)
    const host = httpGet.httpHeaders?.find(({ name }) => name.toLowerCase() === 'host')?.value
    return port === undefined
      ? undefined
      : {
          ...base,
          kind: 'http',
          port,
          target: targetPath(httpGet.path),
          isTls: httpGet.scheme?.toUpperCase() === 'HTTPS',
          ...(host === undefined ? {} : { host }),
        }
  }
  if (tcpSocket !== undefined && tcpSocket.host === undefined) {
    const port = portNumber(tcpSocket.port, container)
    return port === undefined ? undefined : { ...base, kind: 'tcp', port }
  }
  if (grpc !== undefined)
    return { ...base, kind: 'grpc', port: grpc.port, ...(grpc.service ? { service: grpc.service } : {}) }
  return undefined
}

/** The kubelet puts a slash before a path that has none. */
function targetPath(path = '/'): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** By number, or by the name of one of the container's ports; undefined where there is no such port. */
function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port
  if (/^\d+$/.test(port)) return Number(port)
  return container.ports?.find(({ name }) => name === port)?.containerPort
}
