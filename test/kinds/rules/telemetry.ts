import type { RuleCase } from './rules.test.ts'

const tag = (value: object) => ({ tracing: [{ customTags: { team: value } }] })
const tagAt = (field = '') => `/spec/tracing/0/customTags/team${field}`
const override = (fields: object) => ({ metrics: [{ overrides: [fields] }] })
const overrideAt = (pointer: string) => `/spec/metrics/0/overrides/0${pointer}`

export const telemetry: readonly RuleCase[] = [
  [{}],
  [{ tracing: [{ providers: [{ name: 'a' }], randomSamplingPercentage: 0.5 }] }],
  [{ selector: {} }, 'no-effect /spec/selector'],
  [
    { selector: { matchLabels: { a: 'b' } }, targetRefs: [{ kind: 'Service', name: 'a' }] },
    'field-conflict /spec/targetRefs',
  ],
  [{ tracing: [{}, {}] }, 'no-effect /spec/tracing/1'],
  [{ tracing: [{ providers: [{ name: 'a' }, { name: 'b' }] }] }, 'no-effect /spec/tracing/0/providers/1'],
  ...[{ literal: { value: 'a' } }, { environment: { name: 'A' } }, { formatter: { value: '%DURATION%' } }].map(
    (source): RuleCase => [tag(source)],
  ),
  [tag({}), `field-missing ${tagAt()}`],
  [tag({ literal: { value: 'a' }, header: { name: 'a' } }), `field-conflict ${tagAt('/header')}`],
  [{ tracing: [{ customTags: { '': { literal: { value: 'a' } } } }] }, 'field-missing /spec/tracing/0/customTags/'],
  [{ metrics: [{ reportingInterval: '5s' }] }],
  [{ metrics: [{ reportingInterval: '0s' }] }, 'form-invalid /spec/metrics/0/reportingInterval'],
  [override({ match: { metric: 'REQUEST_COUNT' }, tagOverrides: { a: { value: 'request.host' } } })],
  [
    override({ match: { metric: 'REQUEST_COUNT', customMetric: 'a' } }),
    `field-conflict ${overrideAt('/match/customMetric')}`,
  ],
  [override({ tagOverrides: { a: { operation: 'REMOVE' } } })],
  [
    override({ tagOverrides: { a: { operation: 'REMOVE', value: 'b' } } }),
    `field-conflict ${overrideAt('/tagOverrides/a/value')}`,
  ],
  [override({ tagOverrides: { a: { operation: 'UPSERT' } } }), `field-missing ${overrideAt('/tagOverrides/a')}`],
  [override({ tagOverrides: { '': { value: 'b' } } }), `field-missing ${overrideAt('/tagOverrides/')}`],
  [{ accessLogging: [{ filter: { expression: 'response.code >= 500' } }] }],
  [{ accessLogging: [{ filter: { expression: ' ' } }] }, 'field-missing /spec/accessLogging/0/filter/expression'],
  [
    { accessLogging: [{ filter: { expression: 'response.code >=' } }] },
    'form-invalid /spec/accessLogging/0/filter/expression',
  ],
]

export const proxyConfig: readonly RuleCase[] = [
  [{ concurrency: 0, environmentVariables: { A: 'b' }, image: { imageType: 'debug' } }],
  [{ selector: { matchLabels: { app: 'a*' } } }, 'form-invalid /spec/selector/matchLabels/app'],
]
