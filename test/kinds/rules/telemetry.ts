import type { RuleCase } from './rules.test.ts'

const tag = (value: object) => ({ tracing: [{ customTags: { team: value } }] })
const tagAt = (field = '') => `/spec/tracing/0/customTags/team${field}`
const override = (fields: object) => ({ metrics: [{ overrides: [fields] }] })
const unserved = 'without-effect /spec/metrics/0/overrides'
const overrideAt = (pointer: string) => `/spec/metrics/0/overrides/0${pointer}`

export const telemetry: readonly RuleCase[] = [
  [{}],
  [{ tracing: [{ providers: [{ name: 'a' }], randomSamplingPercentage: 0.5 }] }],
  [{ selector: {} }, 'no-effect /spec/selector'],
  [
    { selector: { matchLabels: { a: 'b' } }, targetRefs: [{ kind: 'Service', name: 'a' }] },
    'field-conflict /spec/targetRefs',
    'cannot-serve /spec/targetRefs/0/kind',
  ],
  [{ tracing: [{}, {}] }, 'no-effect /spec/tracing/1'],
  [{ tracing: [{ providers: [{ name: 'a' }, { name: 'b' }] }] }, 'no-effect /spec/tracing/0/providers/1'],
  ...[{ literal: { value: 'a' } }, { environment: { name: 'A' } }, { formatter: { value: '%DURATION%' } }].map(
    (source): RuleCase => [tag(source)],
  ),
  [tag({ formatter: { value: '%BOGUS%' } }), `cannot-serve ${tagAt('/formatter/value')}`],
  [tag({ formatter: { value: '%REQ(a' } }), `cannot-serve ${tagAt('/formatter/value')}`],
  [{ tracing: [{ enableIstioTags: false }] }],
  [tag({}), `field-missing ${tagAt()}`],
  [tag({ literal: { value: 'a' }, header: { name: 'a' } }), `field-conflict ${tagAt('/header')}`],
  [{ tracing: [{ customTags: { '': { literal: { value: 'a' } } } }] }, 'field-missing /spec/tracing/0/customTags/'],
  [{ metrics: [{ reportingInterval: '5s' }] }, 'without-effect /spec/metrics/0/reportingInterval'],
  [
    { metrics: [{ reportingInterval: '0s' }] },
    'without-effect /spec/metrics/0/reportingInterval',
    'form-invalid /spec/metrics/0/reportingInterval',
  ],
  [override({ match: { metric: 'REQUEST_COUNT' }, tagOverrides: { a: { value: 'request.host' } } }), unserved],
  [
    override({ match: { metric: 'REQUEST_COUNT', customMetric: 'a' } }),
    unserved,
    `field-conflict ${overrideAt('/match/customMetric')}`,
  ],
  [override({ tagOverrides: { a: { operation: 'REMOVE' } } }), unserved],
  [
    override({ tagOverrides: { a: { operation: 'REMOVE', value: 'b' } } }),
    unserved,
    `field-conflict ${overrideAt('/tagOverrides/a/value')}`,
  ],
  [
    override({ tagOverrides: { a: { operation: 'UPSERT' } } }),
    unserved,
    `field-missing ${overrideAt('/tagOverrides/a')}`,
  ],
  [override({ tagOverrides: { '': { value: 'b' } } }), unserved, `field-missing ${overrideAt('/tagOverrides/')}`],
  [{ accessLogging: [{ filter: { expression: 'response.code >= 500' } }] }],
  [{ accessLogging: [{ filter: { expression: ' ' } }] }, 'field-missing /spec/accessLogging/0/filter/expression'],
  [
    { accessLogging: [{ filter: { expression: 'response.code >=' } }] },
    'form-invalid /spec/accessLogging/0/filter/expression',
  ],
  [{ accessLogging: [{ providers: [{ name: 'Envoy' }] }] }],
  [{ accessLogging: [{ providers: [{ name: 'envoy' }, { name: 'collector' }] }] }],
  [
    { accessLogging: [{ filter: { expression: 'request.path.lowerAscii() == "/a"' } }] },
    'cannot-serve /spec/accessLogging/0/filter/expression',
  ],
  [{ targetRefs: [{ kind: 'Service', name: 'a' }] }, 'cannot-serve /spec/targetRefs/0/kind'],
  [{ targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'a' }] }],
]

export const proxyConfig: readonly RuleCase[] = [
  [{ concurrency: 0, environmentVariables: { A: 'b' } }],
  [{ image: { imageType: 'debug' } }, 'without-effect /spec/image/imageType'],
  [{ environmentVariables: { POD_NAME: 'b' } }, 'no-effect /spec/environmentVariables/POD_NAME'],
  [{ selector: { matchLabels: { app: 'a*' } } }, 'form-invalid /spec/selector/matchLabels/app'],
]
