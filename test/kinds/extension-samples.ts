/** What the schemas of the kinds that change proxies take and refuse. */
import type { KindSamples } from './samples.ts'

const wasm = { url: 'oci://registry.example/auth:v1' }

export const extensionSamples: readonly KindSamples[] = [
  {
    apiVersion: 'extensions.istio.io/v1alpha1',
    kind: 'WasmPlugin',
    good: [
      {
        what: 'every field of a module',
        spec: {
          ...wasm,
          sha256: '0'.repeat(64),
          imagePullPolicy: 'Always',
          pluginConfig: { any: [{ thing: 1 }] },
          failStrategy: 'FAIL_OPEN',
          phase: 'AUTHN',
          priority: -7,
          match: [{ ports: [{ number: 80 }] }],
        },
      },
    ],
    bad: [
      { what: 'no url', spec: {}, says: '/spec: lacks "url"' },
      { what: 'an empty url', spec: { url: '' }, says: '/spec/url: must not be empty' },
      {
        what: 'a digest in capitals',
        spec: { ...wasm, sha256: 'ABC' },
        says: '/spec/sha256: must be a SHA-256 digest: 64 hexadecimal digits, in small letters, not "ABC"',
      },
      {
        what: 'a priority beyond 32 bits',
        spec: { ...wasm, priority: 2 ** 31 },
        says: '/spec/priority: must be from -2147483648 to 2147483647, not 2147483648',
      },
      {
        what: 'a name that is too long',
        spec: { ...wasm, pluginName: 'é'.repeat(257) },
        says: '/spec/pluginName: must have at most 256 characters, not 257',
      },
      {
        what: 'a label that is too long',
        spec: { ...wasm, selector: { matchLabels: { a: 'b'.repeat(64) } } },
        says: '/spec/selector/matchLabels/a: must have at most 63 characters, not 64',
      },
    ],
  },
  {
    apiVersion: 'extensions.istio.io/v1alpha1',
    kind: 'TrafficExtension',
    good: [{ what: 'a script', spec: { lua: { inlineCode: 'x' }, phase: 'STATS' } }],
    bad: [
      { what: 'no code', spec: { lua: {} }, says: '/spec/lua: lacks "inlineCode"' },
      {
        what: 'too much code',
        spec: { lua: { inlineCode: 'x'.repeat(65_537) } },
        says: '/spec/lua/inlineCode: must have at most 65536 characters, not 65537',
      },
    ],
  },
  {
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    good: [
      { what: 'no spec', spec: undefined },
      { what: 'a share', spec: { tracing: [{ randomSamplingPercentage: 12.5 }] } },
      { what: 'a metric', spec: { metrics: [{ overrides: [{ match: { customMetric: 'mine' } }] }] } },
    ],
    bad: [
      {
        what: 'more than all',
        spec: { tracing: [{ randomSamplingPercentage: 101 }] },
        says: '/spec/tracing/0/randomSamplingPercentage: must be from 0 to 100, not 101',
      },
      {
        what: 'a provider without name',
        spec: { accessLogging: [{ providers: [{ name: '' }] }] },
        says: '/spec/accessLogging/0/providers/0/name: must not be empty',
      },
    ],
  },
  {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'ProxyConfig',
    good: [{ what: 'one thread for each core', spec: { concurrency: 0 } }],
    bad: [
      {
        what: 'fewer than no threads',
        spec: { concurrency: -1 },
        says: '/spec/concurrency: must be from 0 to 2147483647, not -1',
      },
    ],
  },
  {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    good: [
      {
        what: 'any field of Envoy’s',
        spec: { configPatches: [{ applyTo: 'CLUSTER', patch: { operation: 'MERGE', value: { any: { thing: [] } } } }] },
      },
    ],
    bad: [
      {
        what: 'an unknown operation',
        spec: { configPatches: [{ patch: { operation: 'INSERT_AFTR' } }] },
        says: '/spec/configPatches/0/patch/operation: must be one of ADD, INSERT_AFTER, INSERT_BEFORE, INSERT_FIRST, INVALID, MERGE, MERGE_AND_REPLACE_LIST, REMOVE, REPLACE, not "INSERT_AFTR"',
      },
    ],
  },
]
