/** What a pod may say about its injection: Istio's annotations, by which existing workloads are written. */
import { isIP } from 'node:net'
import { readText } from '../../kinds/istio/mesh-config-text.ts'
import { dnsWishes } from '../../kinds/istio/proxy-metadata.ts'
import type { MetaMap } from '../../kinds/resource.ts'
import type { DnsWishes } from '../../model/mesh-settings.ts'

/** A value that a pod's author wrote and that can't be used. */
export interface BadAnnotation {
  readonly name: string
  readonly value: string
  readonly expected: string
}

/** Which of the pod's traffic is left alone. */
export interface TrafficSettings {
  /** Ports of the pod that are taken in; `*` all. */
  readonly includeInboundPorts: '*' | readonly number[]
  readonly excludeInboundPorts: readonly number[]
  /** Destinations that are redirected; `*` all. */
  readonly includeOutboundRanges: '*' | readonly string[]
  readonly excludeOutboundRanges: readonly string[]
  readonly excludeOutboundPorts: readonly number[]
  /** Users whose connections go out as they are. */
  readonly excludeOutboundUsers: readonly number[]
  /** Are questions for names led to the proxy, too? Default: no. */
  readonly capturesDns?: boolean
}

/** What the proxy's container asks for, as Kubernetes quantities. */
export interface ProxyResources {
  readonly cpu: string
  readonly memory: string
  readonly cpuLimit?: string
  readonly memoryLimit?: string
}

export interface PodSettings {
  readonly traffic: TrafficSettings
  readonly resources: Partial<ProxyResources>
  readonly image?: string
  readonly rewritesProbes: boolean
  readonly dns: DnsWishes
}

const traffic = 'traffic.sidecar.istio.io/'
const sidecar = 'sidecar.istio.io/'

/** Reads a pod's annotations; what can't be used is named and its default stands. */
export function podSettings(annotations: MetaMap): { readonly settings: PodSettings; readonly bad: BadAnnotation[] } {
  const bad: BadAnnotation[] = []
  const read = <Value>(
    name: string,
    expected: string,
    parse: (text: string) => Value | undefined,
  ): Value | undefined => {
    const value = annotations[name]
    if (value === undefined) return undefined
    const parsed = parse(value)
    if (parsed === undefined) bad.push({ name, value, expected })
    return parsed
  }
  const ports = (name: string) =>
    read(`${traffic}${name}`, 'ports, 1 to 65535, with commas between', listOf(port)) ?? []
  const ranges = (name: string) =>
    read(`${traffic}${name}`, 'address ranges such as 10.0.0.0/8, with commas between', listOf(range)) ?? []
  const allOr = <Value>(name: string, list: () => Value): '*' | Value =>
    (annotations[`${traffic}${name}`] ?? '*').trim() === '*' ? '*' : list()
  const quantity = (name: string) =>
    read(`${sidecar}${name}`, 'a quantity such as 100m or 128Mi', text => (quantityForm.test(text) ? text : undefined))
  const [cpu, memory] = [quantity('proxyCPU'), quantity('proxyMemory')]
  const [cpuLimit, memoryLimit] = [quantity('proxyCPULimit'), quantity('proxyMemoryLimit')]
  const image = annotations[`${sidecar}proxyImage`]
  const settings: PodSettings = {
    traffic: {
      includeInboundPorts: allOr('includeInboundPorts', () => ports('includeInboundPorts')),
      excludeInboundPorts: ports('excludeInboundPorts'),
      includeOutboundRanges: allOr('includeOutboundIPRanges', () => ranges('includeOutboundIPRanges')),
      excludeOutboundRanges: ranges('excludeOutboundIPRanges'),
      excludeOutboundPorts: ports('excludeOutboundPorts'),
      excludeOutboundUsers:
        read('traffic.meshwright.dev/excludeOutboundUIDs', 'user ids with commas between', listOf(user)) ?? [],
    },
    resources: {
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
      ...(cpuLimit === undefined ? {} : { cpuLimit }),
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
    },
    ...(image === undefined ? {} : { image }),
    rewritesProbes: read(`${sidecar}rewriteAppHTTPProbers`, 'true or false', boolean) ?? true,
    dns: read('proxy.istio.io/config', 'a ProxyConfig of Istio’s as YAML', proxyConfig) ?? {},
  }
  return { settings, bad }
}

function proxyConfig(text: string): DnsWishes | undefined {
  const { config, problem } = readText(text)
  return problem === undefined ? dnsWishes(config) : undefined
}

const quantityForm = /^\d+(\.\d+)?(m|k|M|G|Ki|Mi|Gi)?$/

function listOf<Value>(parse: (text: string) => Value | undefined): (text: string) => readonly Value[] | undefined {
  return text => {
    const parts = text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
    const values = parts.map(parse)
    return values.every((value): value is Awaited<Value> & {} => value !== undefined) ? values : undefined
  }
}

function whole(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function port(text: string): number | undefined {
  const number = whole(text)
  return number !== undefined && number > 0 && number <= 65_535 ? number : undefined
}

function user(text: string): number | undefined {
  const number = whole(text)
  return number !== undefined && number < 2 ** 31 ? number : undefined
}

/** IPv4 or IPv6 with a prefix length. What is let through here ends in a rule for iptables, so nothing else may. */
function range(text: string): string | undefined {
  const [address = '', length = '', ...more] = text.split('/')
  const family = isIP(address)
  const bits = whole(length)
  return more.length === 0 && family !== 0 && bits !== undefined && bits <= (family === 4 ? 32 : 128) ? text : undefined
}

function boolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}
