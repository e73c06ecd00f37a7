import type { RuleCase } from './rules.test.ts'

const kept = (spec: object, labels: object = { app: 'a' }) => ({
  selector: { matchLabels: { app: 'a' } },
  template: { metadata: { labels }, spec: { containers: [{ name: 'a' }], ...spec } },
})
const ending = (spec: object) => ({
  template: { spec: { containers: [{ name: 'a' }], restartPolicy: 'OnFailure', ...spec } },
})

export const deployment: readonly RuleCase[] = [
  [kept({ containers: [{ name: 'a', env: [{ name: 'PORT' }] }] })],
  [kept({}, { app: 'b' }), 'field-missing /spec/template/metadata'],
  [
    kept({ containers: [{ name: 'A' }, { name: 'b' }, { name: 'b' }] }),
    'form-invalid /spec/template/spec/containers/0/name',
    'value-twice /spec/template/spec/containers/2/name',
  ],
  [
    kept({ containers: [{ name: 'a', env: [{ name: 'A=B' }] }] }),
    'form-invalid /spec/template/spec/containers/0/env/0/name',
  ],
  [kept({}, { app: 'a', tier: 'a b' }), 'form-invalid /spec/template/metadata/labels/tier'],
  [kept({ restartPolicy: 'Always' })],
  [kept({ restartPolicy: 'Never' }), 'unknown-word /spec/template/spec/restartPolicy'],
  [
    kept({ initContainers: [{ name: 'A' }, { name: 'a' }] }),
    'form-invalid /spec/template/spec/initContainers/0/name',
    'value-twice /spec/template/spec/containers/0/name',
  ],
]

export const statefulSet: readonly RuleCase[] = [
  [kept({})],
  [kept({}, { app: 'b' }), 'field-missing /spec/template/metadata'],
  [kept({ restartPolicy: 'OnFailure' }), 'unknown-word /spec/template/spec/restartPolicy'],
]

export const daemonSet: readonly RuleCase[] = [
  [kept({})],
  [
    kept({ containers: [{ name: 'a', ports: [80, 81].map(containerPort => ({ name: 'web', containerPort })) }] }),
    'value-twice /spec/template/spec/containers/0/ports/1/name',
  ],
]

export const pod: readonly RuleCase[] = [
  [{ containers: [{ name: 'a' }], restartPolicy: 'Never' }],
  [{ containers: [{ name: 'a' }], $metadata: { labels: { app: 'a b' } } }, 'form-invalid /metadata/labels/app'],
  [{ containers: [{ name: 'a_b' }] }, 'form-invalid /spec/containers/0/name'],
]

export const job: readonly RuleCase[] = [
  [ending({})],
  [ending({ restartPolicy: undefined }), 'field-missing /spec/template/spec'],
  [ending({ restartPolicy: 'Always' }), 'unknown-word /spec/template/spec/restartPolicy'],
  [ending({ containers: [{ name: 'A' }] }), 'form-invalid /spec/template/spec/containers/0/name'],
]

const cron = (schedule: string, name = 'x') => ({
  schedule,
  jobTemplate: { spec: ending({}) },
  $metadata: { name },
})

export const cronJob: readonly RuleCase[] = [
  ...['0 3 * * 1', '*/5 0-6,8 1,15 JAN-MAR ?', '@hourly', '@every 1h30m'].map((text): RuleCase => [cron(text)]),
  ...['', '@noon', '0 3 * *', '0 3 * * 1 2030', 'CRON_TZ=UTC 0 3 * * 1', '0 3 * * $'].map(
    (text): RuleCase => [cron(text), 'form-invalid /spec/schedule'],
  ),
  [cron('@daily', 'x'.repeat(53)), 'form-invalid /metadata/name'],
  [
    { schedule: '@daily', jobTemplate: { spec: { template: { spec: { containers: [{ name: 'a' }] } } } } },
    'field-missing /spec/jobTemplate/spec/template/spec',
  ],
]
