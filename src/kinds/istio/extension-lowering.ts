/** What WasmPlugin and TrafficExtension mean: filters of one's own in proxies. */
import type { ExtensionTraffic, ProxyExtension, WasmSource } from '../../model/proxy-extension.ts'
import { type Contribution, nodeOf } from '../definition.ts'
import { parseRemoteUrl } from '../remote-url.ts'
import type { Resource } from '../resource.ts'
import { lowerTarget } from './policy-target.ts'
import type { TrafficExtension } from './traffic-extension.ts'
import type { ExtensionTrafficSelector, WasmModule, WasmPlugin } from './wasm-plugin.ts'

export function lowerWasmPlugin(resource: Resource): Contribution {
  const { spec } = resource as unknown as WasmPlugin
  return contribution(resource, spec, lowerModule(spec))
}

export function lowerTrafficExtension(resource: Resource): Contribution {
  const { spec } = resource as unknown as TrafficExtension
  const { wasm, lua } = spec
  if (wasm !== undefined) return contribution(resource, { ...spec, type: wasm.type ?? 'HTTP' }, lowerModule(wasm))
  return contribution(resource, spec, lua === undefined ? undefined : { kind: 'lua', script: lua.inlineCode })
}

type Place = Pick<WasmPlugin['spec'], 'selector' | 'targetRef' | 'targetRefs' | 'match' | 'priority' | 'type'> & {
  readonly phase?: string
}

/** Nothing where the code is out of a proxy's reach and may be done without: a rule says so. */
function contribution(resource: Resource, place: Place, code: ProxyExtension['code'] | undefined): Contribution {
  if (code === undefined) return {}
  const node = nodeOf(resource)
  const { phase, match = [], priority = 0, type } = place
  const extension: ProxyExtension = {
    ...node,
    ...lowerTarget(place, resource),
    id: `extensions.istio.io/${resource.kind.toLowerCase()}/${node.namespace}.${node.name}${codeMark(code)}`,
    ...(phase === 'AUTHN' || phase === 'AUTHZ' || phase === 'STATS' ? { phase } : {}),
    priority,
    ...(match.length === 0 ? {} : { traffic: match.map(lowerTraffic) }),
    carries: type === 'NETWORK' ? 'tcp' : 'http',
    code,
  }
  return { proxyExtensions: [extension] }
}

/**
 * Code that has to be fetched is part of the name: while a filter that is in use already fetches other code, Envoy lets requests
 * past it. One of another name is waited for, with its listener, and the old one stays until then.
 */
function codeMark(code: ProxyExtension['code']): string {
  return code.kind === 'wasm' && code.source.kind === 'remote' ? `@${code.source.sha256.slice(0, 12)}` : ''
}

function lowerTraffic({ mode, ports = [] }: ExtensionTrafficSelector): ExtensionTraffic {
  return {
    ...(mode === 'CLIENT' ? { side: 'client' } : mode === 'SERVER' ? { side: 'server' } : {}),
    ...(ports.length === 0 ? {} : { ports: ports.map(({ number }) => number) }),
  }
}

const failures = { FAIL_CLOSE: 'FAIL_CLOSED', FAIL_OPEN: 'FAIL_OPEN', FAIL_RELOAD: 'FAIL_RELOAD' } as const

function lowerModule(module: WasmModule): ProxyExtension['code'] | undefined {
  const source = wasmSource(module)
  const { pluginConfig = {}, pluginName, failStrategy = 'FAIL_CLOSE', vmConfig } = module
  // Code that can't be fetched is a failure as any other (Istio's rule).
  if (source === undefined) return failStrategy === 'FAIL_OPEN' ? undefined : { kind: 'none' }
  const env = vmConfig?.env ?? []
  return {
    kind: 'wasm',
    source,
    ...(Object.keys(pluginConfig).length === 0 ? {} : { config: JSON.stringify(pluginConfig) }),
    ...(pluginName === undefined ? {} : { plugin: pluginName }),
    onFailure: failures[failStrategy],
    environment: Object.fromEntries(
      env.filter(({ valueFrom }) => valueFrom !== 'HOST').map(({ name, value = '' }) => [name, value]),
    ),
    ownEnvironment: env.filter(({ valueFrom }) => valueFrom === 'HOST').map(({ name }) => name),
  }
}

const filePrefix = /^file:\/\//i

/** Undefined for what stock Envoy cannot fetch: images, and code whose digest nobody says. */
export function wasmSource({ url, sha256 = '' }: Pick<WasmModule, 'url' | 'sha256'>): WasmSource | undefined {
  if (filePrefix.test(url)) {
    const path = url.replace(filePrefix, '')
    return path === '' ? undefined : { kind: 'file', path }
  }
  const place = /^https?:\/\//i.test(url) ? parseRemoteUrl(url) : undefined
  return place === undefined || sha256 === '' ? undefined : { kind: 'remote', place, sha256 }
}
