/** What extensions are told, as resources that proxies ask for by name. */
import type { ProxyExtension, WasmCode, WasmSource } from '../../../../model/proxy-extension.ts'
import type { RemotePlace } from '../../../../model/remote-place.ts'
import { compact, type EnvoyResource, fromAds, type Message, typed } from '../envoy-resource.ts'
import { remoteCluster } from '../key-clusters.ts'

const lua = 'envoy.extensions.filters.http.lua.v3.Lua'
const wasm = {
  http: 'envoy.extensions.filters.http.wasm.v3.Wasm',
  tcp: 'envoy.extensions.filters.network.wasm.v3.Wasm',
} as const
/** Refuses everything: no rule allows anything. */
const refusing = {
  http: 'envoy.extensions.filters.http.rbac.v3.RBAC',
  tcp: 'envoy.extensions.filters.network.rbac.v3.RBAC',
} as const

/** The filter as it stands in a chain. Until its settings have come the listener is not opened. */
export function discovered({ id, carries }: ProxyExtension): Message {
  // One that is rewritten in the other language stays the same filter to its listener.
  const types = [wasm[carries], ...(carries === 'tcp' ? [] : [lua]), refusing[carries]]
  return {
    name: id,
    config_discovery: { config_source: fromAds, type_urls: types.map(type => `type.googleapis.com/${type}`) },
  }
}

/** The extensions, and the clusters by which proxies fetch their code. */
export function extensionResources(extensions: readonly ProxyExtension[], caFile: string): readonly EnvoyResource[] {
  const clusters = new Map<string, EnvoyResource>()
  for (const { code, at } of extensions) {
    if (code.kind !== 'wasm' || code.source.kind !== 'remote') continue
    const { place } = code.source
    const name = codeCluster(place)
    const from = [...(clusters.get(name)?.from ?? []), at]
    clusters.set(name, { type: 'cluster', name, value: remoteCluster(name, place, caFile), needs: {}, from })
  }
  return [...clusters.values(), ...extensions.map(resource)]
}

function codeCluster({ host, port, isTls }: RemotePlace): string {
  return `wasm|${port}|${isTls ? 'tls' : ''}|${host}`
}

function resource(extension: ProxyExtension): EnvoyResource {
  const { id, code, at } = extension
  const source = code.kind === 'wasm' ? code.source : undefined
  return {
    type: 'extension',
    name: id,
    value: { name: id, typed_config: settings(extension) },
    needs: source?.kind === 'remote' ? { cluster: [codeCluster(source.place)] } : {},
    from: [at],
  }
}

function settings({ code, carries, id }: ProxyExtension): Message {
  if (code.kind === 'none')
    return typed(refusing[carries], {
      rules: { action: 'ALLOW' },
      ...(carries === 'tcp' ? { stat_prefix: 'tcp.' } : {}),
    })
  return code.kind === 'lua'
    ? typed(lua, { default_source_code: { inline_string: code.script } })
    : typed(wasm[carries], { config: plugin(code, id) })
}

function plugin(code: WasmCode, name: string): Message {
  const { config, environment, ownEnvironment } = code
  const variables = compact({
    key_values: Object.keys(environment).length === 0 ? undefined : environment,
    host_env_keys: ownEnvironment.length === 0 ? undefined : ownEnvironment,
  })
  return compact({
    // What Envoy says of a plugin that it refuses has this name in it.
    name,
    root_id: code.plugin,
    failure_policy: code.onFailure,
    configuration: config === undefined ? undefined : typed('google.protobuf.StringValue', { value: config }),
    vm_config: compact({
      runtime: 'envoy.wasm.runtime.v8',
      code: codeSource(code.source),
      environment_variables: Object.keys(variables).length === 0 ? undefined : variables,
    }),
  })
}

function codeSource(source: WasmSource): Message {
  if (source.kind === 'file') return { local: { filename: source.path } }
  const { place, sha256 } = source
  const uri = { uri: place.uri, cluster: codeCluster(place), timeout: '30s' }
  return { remote: { http_uri: uri, sha256 } }
}
