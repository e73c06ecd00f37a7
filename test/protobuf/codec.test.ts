import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import { loadCodec } from '../../src/protobuf/codec.ts'
import {
  edsCluster,
  httpListener,
  httpOptions,
  type Json,
  loadAssignment,
  routeTo,
  tcpListener,
} from '../support/envoy-json.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'

const codec = loadCodec()
const clusterType = 'envoy.config.cluster.v3.Cluster'
const listenerType = 'envoy.config.listener.v3.Listener'
const routeType = 'envoy.config.route.v3.RouteConfiguration'

const cluster = edsCluster('outbound|9080|v1|reviews.default.svc.cluster.local', {
  alt_stat_name: 'outbound|9080|v1|reviews.default.svc.cluster.local;',
  connect_timeout: '0.250s',
  lb_policy: 'LEAST_REQUEST',
  least_request_lb_config: { choice_count: 3 },
  circuit_breakers: { thresholds: [{ max_connections: 4294967295, max_requests: 0, track_remaining: true }] },
  common_lb_config: { healthy_panic_threshold: { value: 12.5 } },
  typed_extension_protocol_options: {
    [httpOptions]: {
      '@type': `type.googleapis.com/${httpOptions}`,
      explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 1073741824 } },
    },
  },
  metadata: { filter_metadata: { istio: { ok: true, no: null, list: [1, 'a', { b: -0.5 }], ä: 'ü' } } },
})
const samples: readonly [string, Json][] = [
  [clusterType, cluster],
  [listenerType, httpListener('http', 8080, { rds: 'r' })],
  [listenerType, tcpListener('tcp', 8081, 'c')],
  [routeType, routeTo('r', 'c', { max_direct_response_body_size_bytes: 1048576 })],
  ['envoy.config.endpoint.v3.ClusterLoadAssignment', loadAssignment('c', 1, 65535)],
  ['envoy.config.core.v3.DataSource', { inline_bytes: 'AAEC/w==' }],
]

describe('codec', () => {
  for (const [type, json] of samples)
    it(`encodes and decodes ${type} of ${JSON.stringify(json).length} characters`, () => {
      assert.deepEqual(codec.decode(type, codec.encode(type, json)), json)
    })

  it('agrees with protobufjs, byte for byte, on what is decoded and encoded again', () => {
    const set = gunzipSync(readFileSync(join(import.meta.dirname, '../../schemas/envoy/descriptors.binpb.gz')))
    const root = (protobuf.Root as unknown as { fromDescriptor(set: unknown): protobuf.Root }).fromDescriptor(
      descriptor.FileDescriptorSet.decode(set),
    )
    for (const [typeName, json] of samples) {
      const type = root.lookupType(typeName)
      const ours = codec.encode(typeName, json)
      assert.equal(
        Buffer.from(type.encode(type.decode(ours)).finish()).toString('hex'),
        Buffer.from(ours).toString('hex'),
        typeName,
      )
    }
  })

  it('makes equal bytes of equal JSON in any order of members', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, member]) => [name, reversed(member)]),
      )
    }
    assert.deepEqual(codec.encode(clusterType, reversed(cluster)), codec.encode(clusterType, cluster))
  })

  it('has the JSON forms of well-known types', () => {
    const cases: readonly [string, unknown][] = [
      ['google.protobuf.Duration', '2s'],
      ['google.protobuf.Duration', '-0.250s'],
      ['google.protobuf.Duration', '0.000000001s'],
      ['google.protobuf.Timestamp', '2026-01-02T03:04:05.500Z'],
      ['google.protobuf.UInt32Value', 7],
      ['google.protobuf.BoolValue', false],
      ['google.protobuf.UInt64Value', '18446744073709551615'],
      ['google.protobuf.Int64Value', '-9223372036854775808'],
      ['google.protobuf.StringValue', ''],
      ['google.protobuf.DoubleValue', 'NaN'],
      ['google.protobuf.FloatValue', 0.1],
      ['google.protobuf.FieldMask', 'a.fooBar,b'],
      ['google.protobuf.Value', null],
      ['google.protobuf.ListValue', [null, [true], {}]],
      ['google.protobuf.Any', { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '1s' }],
      ['google.protobuf.Any', { '@type': 'type.googleapis.com/google.protobuf.Struct', value: { a: 1 } }],
    ]
    for (const [type, json] of cases) assert.deepEqual(codec.decode(type, codec.encode(type, json)), json, type)
  })

  it('shows the bytes of a type in an Any that it does not know', () => {
    const any = Buffer.concat([Buffer.from([0x0a, 3]), Buffer.from('x/y'), Buffer.from([0x12, 1, 7])])
    assert.deepEqual(codec.decode('google.protobuf.Any', any), { '@type': 'x/y', value: 'Bw==' })
  })

  const mistakes: readonly [string, unknown, RegExp][] = [
    [clusterType, { nam: 'x' }, /Cluster: envoy\.config\.cluster\.v3\.Cluster has no field "nam"/],
    [clusterType, { name: 7 }, /^CodecError: envoy\.config\.cluster\.v3\.Cluster: name: expected a string, got 7/],
    [clusterType, { type: 'ESD' }, /type: .*DiscoveryType has no member "ESD"/],
    [clusterType, { type: 'EDS', cluster_type: { name: 'x' } }, /not both/],
    [clusterType, { connect_timeout: '2 s' }, /connect_timeout: expected a duration/],
    [
      clusterType,
      { circuit_breakers: { thresholds: [{}, { max_requests: -1 }] } },
      /circuit_breakers\.thresholds\[1\]\.max_requests: expected an integer/,
    ],
    [
      clusterType,
      { typed_extension_protocol_options: { a: { '@type': `x/${httpOptions}`, nope: 1 } } },
      /typed_extension_protocol_options\["a"\]\.\(envoy.*\)\.?: envoy.*has no field "nope"/,
    ],
    [clusterType, { typed_extension_protocol_options: { a: {} } }, /expected an object with "@type"/],
    ['envoy.Nothing', {}, /there is no protobuf message envoy\.Nothing/],
  ]
  for (const [type, json, message] of mistakes)
    it(`refuses ${JSON.stringify(json)} as ${type}`, () => assert.throws(() => codec.encode(type, json), message))

  it('works on after a refusal', () => {
    assert.throws(() => codec.encode(clusterType, { name: 'half', type: 0, connect_timeout: {} }))
    assert.deepEqual(codec.decode(clusterType, codec.encode(clusterType, { name: 'whole' })), { name: 'whole' })
  })

  it('refuses bytes that are no message', () => {
    for (const bytes of [[0x0a], [0x0a, 200, 1, 65], [0], [0x0f], Array(12).fill(0xff)])
      assert.throws(() => codec.decode(clusterType, Uint8Array.from(bytes)), { name: 'WireError' })
  })

  it('takes the JSON that Envoy takes', { skip: withoutEnvoy }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-codec-'))
    try {
      const stub = {
        ...cluster,
        eds_cluster_config: undefined,
        type: 'STATIC',
        load_assignment: loadAssignment('x', 1),
      }
      const listener = httpListener('http', 18080, { inline: routeTo('r', String(cluster['name'])) })
      const bootstrap = { static_resources: { clusters: [stub], listeners: [listener] } }
      // What was encoded and decoded has to say the same to Envoy as what was written.
      const decoded = codec.decode(
        'envoy.config.bootstrap.v3.Bootstrap',
        codec.encode('envoy.config.bootstrap.v3.Bootstrap', bootstrap),
      )
      writeFileSync(join(folder, 'envoy.json'), JSON.stringify(decoded))
      const run = spawnSync(findTestEnvoy()!, ['--mode', 'validate', '-c', join(folder, 'envoy.json')], {
        encoding: 'utf8',
      })
      assert.equal(run.status, 0, run.stderr)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
