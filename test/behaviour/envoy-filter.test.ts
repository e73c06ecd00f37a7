/** What real Envoys do of what EnvoyFilters change. */
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { checkRow } from './check-row.ts'
import type { Row } from './row.ts'
import { domain, type Scene, type SceneRow, startScene } from './scene.ts'
import { Upstreams } from './upstreams.ts'

interface PatchRow extends Pick<Row, 'does' | 'ask' | 'sees' | 'isEdge'> {
  /** The changes, for all proxies that there are; `NAME` stands for the service's host. */
  readonly patches: readonly object[]
}

const manager = 'envoy.filters.network.http_connection_manager'
const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` })
const vhost = { context: 'SIDECAR_OUTBOUND', routeConfiguration: { vhost: { name: 'NAME:80' } } }
const cluster = { context: 'SIDECAR_OUTBOUND', cluster: { service: 'NAME' } }
const lua = (code: string) => ({
  name: 'stamp',
  typed_config: {
    ...type('filters.http.lua.v3.Lua'),
    default_source_code: { inline_string: `function envoy_on_request(handle)\n${code}\nend` },
  },
})
const bucket = { max_tokens: 2, tokens_per_fill: 2, fill_interval: '600s' }
const always = { default_value: { numerator: 100 } }

const rows: readonly PatchRow[] = [
  {
    does: 'HTTP_FILTER: one more stands before what ends the chain, in each listener',
    patches: [
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'SIDECAR_OUTBOUND', listener: { filterChain: { filter: { name: manager } } } },
        patch: { operation: 'ADD', value: lua('handle:headers():add("x-lua", "out")') },
      },
    ],
    sees: { upstream: { headers: { 'x-lua': 'out' } } },
  },
  {
    does: 'HTTP_FILTER: a gateway has it, and sidecars have not',
    isEdge: true,
    patches: [
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'GATEWAY', listener: { portNumber: 8080, filterChain: { filter: { name: manager } } } },
        patch: { operation: 'INSERT_FIRST', value: lua('handle:headers():add("x-lua", "edge")') },
      },
    ],
    sees: { upstream: { headers: { 'x-lua': 'edge' } } },
  },
  {
    does: 'EXTENSION_CONFIG: what a filter is told that asks for it by its name',
    patches: [
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'SIDECAR_OUTBOUND' },
        patch: {
          operation: 'INSERT_FIRST',
          value: {
            name: 'asking',
            config_discovery: {
              config_source: { ads: {}, resource_api_version: 'V3' },
              type_urls: [type('filters.http.lua.v3.Lua')['@type']],
            },
          },
        },
      },
      {
        applyTo: 'EXTENSION_CONFIG',
        patch: { operation: 'ADD', value: { ...lua('handle:headers():add("x-asked", "told")'), name: 'asking' } },
      },
    ],
    sees: { upstream: { headers: { 'x-asked': 'told' } } },
  },
  {
    does: 'VIRTUAL_HOST: what is merged is done, and the rest is as it was',
    patches: [
      {
        applyTo: 'VIRTUAL_HOST',
        match: vhost,
        patch: {
          operation: 'MERGE',
          value: { requestHeadersToAdd: [{ header: { key: 'x-merged', value: 'yes' } }] },
        },
      },
    ],
    sees: { upstream: { headers: { 'x-merged': 'yes' } } },
  },
  {
    does: 'VIRTUAL_HOST: a limit of requests, where its filter is in the chain',
    patches: [
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'SIDECAR_OUTBOUND' },
        patch: {
          operation: 'INSERT_FIRST',
          value: {
            name: 'envoy.filters.http.local_ratelimit',
            typed_config: { ...type('filters.http.local_ratelimit.v3.LocalRateLimit'), stat_prefix: 'calls' },
          },
        },
      },
      {
        applyTo: 'VIRTUAL_HOST',
        match: vhost,
        patch: {
          operation: 'MERGE',
          value: {
            typed_per_filter_config: {
              'envoy.filters.http.local_ratelimit': {
                ...type('filters.http.local_ratelimit.v3.LocalRateLimit'),
                stat_prefix: 'calls',
                token_bucket: bucket,
                filter_enabled: always,
                filter_enforced: always,
              },
            },
          },
        },
      },
    ],
    ask: { times: 5 },
    sees: { status: { 200: [2, 2], 429: [3, 3] }, attempts: 2 },
  },
  {
    does: 'HTTP_ROUTE: one that is put first is asked first',
    patches: [
      {
        applyTo: 'HTTP_ROUTE',
        match: vhost,
        patch: { operation: 'INSERT_FIRST', value: { match: { path: '/up' }, direct_response: { status: 204 } } },
      },
    ],
    ask: { path: '/up' },
    sees: { status: 204, attempts: 0 },
  },
  {
    does: 'HTTP_ROUTE: one that is taken out is gone',
    patches: [
      {
        applyTo: 'HTTP_ROUTE',
        match: { ...vhost, routeConfiguration: { vhost: { name: 'NAME:80', route: { name: 'default' } } } },
        patch: { operation: 'REMOVE' },
      },
    ],
    sees: { status: 404, attempts: 0 },
  },
  {
    does: 'ROUTE_CONFIGURATION: a gateway’s answers carry one header more',
    isEdge: true,
    patches: [
      {
        applyTo: 'ROUTE_CONFIGURATION',
        match: { context: 'GATEWAY', routeConfiguration: { gateway: 'default/edge', portNumber: 8080 } },
        patch: {
          operation: 'MERGE',
          value: { response_headers_to_add: [{ header: { key: 'x-edge', value: 'one' } }] },
        },
      },
    ],
    sees: { headers: { 'x-edge': 'one' } },
  },
  {
    does: 'CLUSTER: settings of an extension are merged: each connection is for one request',
    patches: [
      {
        applyTo: 'CLUSTER',
        match: cluster,
        patch: {
          operation: 'MERGE',
          value: {
            typed_extension_protocol_options: {
              'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
                ...type('upstreams.http.v3.HttpProtocolOptions'),
                common_http_protocol_options: { max_requests_per_connection: 1 },
                explicit_http_config: { http_protocol_options: {} },
              },
            },
          },
        },
      },
    ],
    ask: { times: 3 },
    sees: { attempts: 3, connections: 3 },
  },
  {
    does: 'CLUSTER: one that is taken out serves nobody',
    patches: [{ applyTo: 'CLUSTER', match: cluster, patch: { operation: 'REMOVE' } }],
    sees: { status: 503, attempts: 0 },
  },
]

function sceneRow({ patches, isEdge }: PatchRow, service: string, port: number): SceneRow {
  const named = JSON.parse(JSON.stringify(patches).replaceAll('NAME', `${service}.${domain}`)) as unknown
  const filter: Resource = {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: service },
    spec: { configPatches: named },
  }
  const routing: Resource = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: service },
    spec: {
      hosts: [`${service}.example.com`],
      gateways: ['edge'],
      http: [{ route: [{ destination: { host: service } }] }],
    },
  }
  return { service, protocol: 'http', ports: { v1: port }, resources: [filter, ...(isEdge ? [routing] : [])] }
}

describe('what EnvoyFilters change', { skip: withoutEnvoy, concurrency: true }, () => {
  let upstreams: Upstreams
  let scene: Scene
  before(async () => {
    upstreams = await Upstreams.start(['v1'])
    scene = await startScene(rows.map((row, index) => sceneRow(row, `s${index}`, upstreams.ports['v1']!)))
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await upstreams?.[Symbol.asyncDispose]()
  })
  for (const [index, row] of rows.entries()) it(row.does, () => checkRow(`s${index}`, row, scene, upstreams))
})
