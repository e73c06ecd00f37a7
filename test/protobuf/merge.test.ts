import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readWritten } from '../../src/protobuf/canonical.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { type MergeOptions, mergeMessages } from '../../src/protobuf/merge.ts'

const cluster = 'envoy.config.cluster.v3.Cluster'
const packed = (name: string, fields: object = {}) => ({
  '@type': `type.googleapis.com/envoy.extensions.${name}`,
  ...fields,
})
const options = 'upstreams.http.v3.HttpProtocolOptions'

describe('a message as people write it', () => {
  it('has its names in either form, and comes out in one', () => {
    const { message, problems } = readWritten(cluster, {
      connectTimeout: '1.5s',
      lb_policy: 'RANDOM',
      circuitBreakers: { thresholds: [{ maxConnections: 7 }] },
      typedExtensionProtocolOptions: { some: packed(options, { explicitHttpConfig: { httpProtocolOptions: {} } }) },
    })
    assert.deepEqual(problems, [])
    assert.deepEqual(message, {
      connect_timeout: '1.5s',
      lb_policy: 'RANDOM',
      circuit_breakers: { thresholds: [{ max_connections: 7 }] },
      typed_extension_protocol_options: {
        some: packed(options, { explicit_http_config: { http_protocol_options: {} } }),
      },
    })
    assert.ok(loadCodec().encode(cluster, message).length > 0)
  })

  const wrong: readonly [title: string, json: unknown, problems: readonly (readonly [string, RegExp])[]][] = [
    ['is no object', 7, [['', /expected .*Cluster as an object, got 7/]]],
    [
      'has unknown names, wherever',
      { conect_timeout: '1s', circuit_breakers: { thresholds: [{ max: 1 }] } },
      [
        ['/conect_timeout', /has no field "conect_timeout"/],
        ['/circuit_breakers/thresholds/0/max', /has no field "max"/],
      ],
    ],
    ['has no duration', { connectTimeout: '1500' }, [['/connectTimeout', /expected a duration/]]],
    ['has no such word', { lb_policy: 'FASTEST' }, [['/lb_policy', /FASTEST/]]],
    ['has one value for many', { health_checks: {} }, [['/health_checks', /expected a list/]]],
    ['has two of a oneof', { type: 'STATIC', cluster_type: { name: 'a' } }, [['/cluster_type', /not both/]]],
    ['has one field by two names', { lb_policy: 'RANDOM', lbPolicy: 'RANDOM' }, [['/lbPolicy', /twice/]]],
    [
      'has a type that Envoy has not',
      { transport_socket: { typed_config: packed('none.Such') } },
      [['/transport_socket/typed_config/@type', /no type envoy\.extensions\.none\.Such/]],
    ],
    ['has no type', { transport_socket: { typed_config: {} } }, [['/transport_socket/typed_config', /"@type"/]]],
    [
      'has a number that is none',
      { circuit_breakers: { thresholds: [{ max_connections: 'many' }] } },
      [['/circuit_breakers/thresholds/0/max_connections', /many/]],
    ],
    [
      'has a key with a slash',
      { metadata: { filter_metadata: { 'a/b': 1 } } },
      [['/metadata/filter_metadata/a~1b', /./]],
    ],
  ]
  for (const [title, json, problems] of wrong)
    it(`is refused where it ${title}`, () => {
      const found = readWritten(cluster, json).problems
      assert.deepEqual(
        found.map(({ pointer }) => pointer),
        problems.map(([pointer]) => pointer),
      )
      for (const [index, [, reason]] of problems.entries()) assert.match(found[index]!.reason, reason)
    })
})

describe('a message with another one merged into it', () => {
  const cases: readonly [title: string, base: object, change: object, result: object, options?: MergeOptions][] = [
    [
      'has what it had, and what the other has',
      { name: 'a' },
      { lb_policy: 'RANDOM' },
      { name: 'a', lb_policy: 'RANDOM' },
    ],
    ['has the other’s single values', { connect_timeout: '1s' }, { connect_timeout: '2s' }, { connect_timeout: '2s' }],
    [
      'has both lists, one after the other',
      { circuit_breakers: { thresholds: [{ max_connections: 1 }] } },
      { circuit_breakers: { thresholds: [{ max_connections: 2 }] } },
      { circuit_breakers: { thresholds: [{ max_connections: 1 }, { max_connections: 2 }] } },
    ],
    [
      'has the other’s list, where that is asked for',
      { circuit_breakers: { thresholds: [{ max_connections: 1 }] } },
      { circuit_breakers: { thresholds: [{ max_connections: 2 }] } },
      { circuit_breakers: { thresholds: [{ max_connections: 2 }] } },
      { replacesLists: true },
    ],
    ['has one of a oneof', { type: 'STATIC' }, { cluster_type: { name: 'x' } }, { cluster_type: { name: 'x' } }],
    [
      'has what is packed merged, where it is of one type',
      {
        transport_socket: {
          name: 't',
          typed_config: packed(options, { explicit_http_config: { http_protocol_options: {} } }),
        },
      },
      { transport_socket: { typed_config: packed(options, { common_http_protocol_options: { idle_timeout: '1s' } }) } },
      {
        transport_socket: {
          name: 't',
          typed_config: packed(options, {
            explicit_http_config: { http_protocol_options: {} },
            common_http_protocol_options: { idle_timeout: '1s' },
          }),
        },
      },
    ],
    [
      'keeps what is packed, where it is of another type',
      { transport_socket: { typed_config: packed(options) } },
      { transport_socket: { typed_config: packed('transport_sockets.tls.v3.UpstreamTlsContext') } },
      { transport_socket: { typed_config: packed(options) } },
    ],
    [
      'has entries of both maps',
      { metadata: { filter_metadata: { a: { x: 1 }, b: { y: 2 } } } },
      { metadata: { filter_metadata: { b: { z: 3 }, c: {} } } },
      { metadata: { filter_metadata: { a: { x: 1 }, b: { z: 3 }, c: {} } } },
    ],
  ]
  for (const [title, base, change, result, merge] of cases)
    it(title, () => assert.deepEqual(mergeMessages(cluster, base as never, change as never, merge), result))
})
