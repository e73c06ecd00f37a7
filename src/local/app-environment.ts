import type { Mesh } from '../model/mesh.ts'
import type { Address, ProxyPlacement } from '../model/placement.ts'
import { isHttp, type Service, type ServicePort } from '../model/service.ts'
import type { Workload } from '../model/workload.ts'
import { instanceVariable } from './state/child-records.ts'

export interface EnvironmentOptions {
  readonly mesh: Mesh
  readonly workload: Workload
  readonly proxy: ProxyPlacement
  readonly base: Readonly<{ [name: string]: string }>
}

/**
 * What every process of an instance gets of our own environment: enough to run, and no secrets of the user's shell.
 *
 * @param nodeFolder the running Node's, put first on PATH, so that `node` in a command is the Node that runs the mesh
 */
export function baseEnvironment(
  env: Readonly<{ [name: string]: string | undefined }>,
  options: { readonly nodeFolder: string; readonly instance: string },
): { [name: string]: string } {
  const kept = ['HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'USER'].flatMap(name => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const path = [options.nodeFolder, env['PATH'] || '/usr/local/bin:/usr/bin:/bin'].join(':')
  return { ...Object.fromEntries(kept), PATH: path, [instanceVariable]: options.instance }
}

/**
 * The environment of an application: where it shall listen (HOST, PORT, for datagrams UDP_PORT) and where those that it calls are
 * (`<SERVICE>_URL`), besides what the config sets.
 *
 * A value of the config that names a service as it is called in a cluster (`http://details:9080`) is rewritten to where
 * that service is found here. HOST and the ports are the instance's to say, so they win over the config.
 */
export function appEnvironment({ mesh, workload, proxy, base }: EnvironmentOptions): { [name: string]: string } {
  const callees = calleesOf(mesh, proxy)
  const own = workload.container.env.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, localised(value, callees, proxy.namespace)] as const],
  )
  const [first, ...others] = proxy.inbound
  const listens = first === undefined ? {} : { HOST: first.app.address, PORT: String(first.app.port) }
  const more = others.map(({ port, app }) => [`PORT_${port}`, String(app.port)] as const)
  const [firstUdp, ...otherUdp] = proxy.datagrams ?? []
  const hears = firstUdp === undefined ? {} : { HOST: firstUdp.app.address, UDP_PORT: String(firstUdp.app.port) }
  const moreUdp = otherUdp.map(({ port, app }) => [`UDP_PORT_${port}`, String(app.port)] as const)
  return {
    ...base,
    ...serviceUrls(callees, proxy),
    ...Object.fromEntries(own),
    ...hears,
    ...listens,
    ...Object.fromEntries([...more, ...moreUdp]),
  }
}

/** A port of a service that the workload calls, and where its proxy listens for it. */
interface Callee {
  readonly service: Service
  readonly port: ServicePort
  readonly listen: Address
}

function calleesOf(mesh: Mesh, proxy: ProxyPlacement): readonly Callee[] {
  return proxy.outbound.flatMap(({ host, port: number, listen }) => {
    // Two namespaces may each declare one host, with other ports.
    const isIt = (service: Service) => service.host === host && service.ports.some(port => port.number === number)
    const service = mesh.services.find(isIt)
    const port = service?.ports.find(candidate => candidate.number === number)
    return service === undefined || port === undefined ? [] : [{ service, port, listen }]
  })
}

/** `DETAILS_URL` and so on; a service's further ports as `DETAILS_ADMIN_URL`, by their names. */
function serviceUrls(callees: readonly Callee[], proxy: ProxyPlacement): { [name: string]: string } {
  const urls: { [name: string]: string } = {}
  // A service of the workload's own namespace has its plain name; one of another gets it only while it is free.
  const isNear = ({ service }: Callee) => service.namespace === proxy.namespace
  for (const { service, port, listen } of [...callees.filter(isNear), ...callees.filter(callee => !isNear(callee))]) {
    const upper = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
    const stem = upper(service.name)
    const name = service.ports[0] === port ? `${stem}_URL` : `${stem}_${upper(port.name)}_URL`
    urls[name] ??=
      `${isHttp(port.protocol) || port.protocol === 'AUTO' ? 'http' : 'tcp'}://${listen.address}:${listen.port}`
  }
  return urls
}

// Scheme, host, port and the rest: `http://details:9080/v1`, `ratings.shop:9080`.
const address = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([a-z0-9.-]+)(?::(\d{1,5}))?(\/.*)?$/i

/** The value with the address of a called service replaced by where it is found here; any other value as it is. */
function localised(value: string, callees: readonly Callee[], namespace: string): string {
  const [, scheme, host, port, rest = ''] = address.exec(value) ?? []
  // A bare word is a word, not a host.
  if (host === undefined || (scheme === undefined && port === undefined)) return value
  const number = port === undefined ? (scheme === 'https' ? 443 : 80) : Number(port)
  const callee = callees.find(
    callee =>
      callee.port.number === number && !isOutsideTls(callee) && namesOf(callee.service, namespace).includes(host),
  )
  if (callee === undefined) return value
  return `${scheme === undefined ? '' : `${scheme}://`}${callee.listen.address}:${callee.listen.port}${rest}`
}

/** A client of TLS has to name the host whose certificate it is shown, and so can't be given another. */
function isOutsideTls({ service: { entry }, port: { protocol } }: Callee): boolean {
  return entry !== undefined && (protocol === 'TLS' || protocol === 'HTTPS')
}

/** What a service is called from a namespace, by Kubernetes' DNS search path. */
function namesOf(service: Service, from: string): readonly string[] {
  if (service.entry !== undefined) return [service.host]
  const long = `${service.name}.${service.namespace}`
  return [...(service.namespace === from ? [service.name] : []), long, `${long}.svc`, service.host]
}
