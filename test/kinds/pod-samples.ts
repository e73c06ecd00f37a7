/** Kinds that run pods: what their schemas must take, and refuse. */
import type { KindSamples } from './samples.ts'

const template = { spec: { containers: [{ name: 'a' }] } }
const once = { spec: { containers: [{ name: 'a' }], restartPolicy: 'Never' } }
/** What Helm charts and operators write, of which a mesh has no use. */
const rich = {
  metadata: { creationTimestamp: null, labels: { app: 'a' }, annotations: { checksum: 'x' } },
  spec: {
    affinity: {},
    hostNetwork: true,
    imagePullSecrets: [{ name: 'pull' }],
    initContainers: [{ name: 'init', image: 'init:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: { runAsNonRoot: true },
    serviceAccountName: 'a',
    terminationGracePeriodSeconds: 30,
    tolerations: [{ operator: 'Exists' }],
    topologySpreadConstraints: [],
    volumes: [{ name: 'data', emptyDir: {} }],
    containers: [
      {
        name: 'a',
        image: 'a:1',
        imagePullPolicy: 'IfNotPresent',
        env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        envFrom: [{ configMapRef: { name: 'a' } }],
        livenessProbe: { tcpSocket: { port: 'http' } },
        ports: [{ name: 'http', containerPort: 80, protocol: 'TCP', hostPort: 80 }],
        readinessProbe: { exec: { command: ['true'] }, periodSeconds: 5 },
        resources: { limits: { cpu: 1, memory: '1Gi' } },
        securityContext: {},
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ],
  },
}

export const podSamples: readonly KindSamples[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    good: [
      { what: 'the least', spec: { selector: {}, template } },
      {
        what: 'storage, and fields that only Kubernetes knows',
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: 'a' } },
          serviceName: 'db',
          podManagementPolicy: 'Parallel',
          revisionHistoryLimit: 10,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' },
          template: rich,
          volumeClaimTemplates: [
            {
              apiVersion: 'v1',
              kind: 'PersistentVolumeClaim',
              metadata: { name: 'data', creationTimestamp: null },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
              status: {},
            },
          ],
        },
      },
    ],
    bad: [
      { what: 'no spec', spec: undefined, says: ': lacks "spec"' },
      { what: 'no selector', spec: { selektor: {}, template }, says: '/spec: lacks "selector"' },
      {
        what: 'a number in words',
        spec: { replicas: 'x', selector: {}, template },
        says: '/spec/replicas: must be a whole number, not "x"',
      },
      {
        what: 'an order that there is not',
        spec: { selector: {}, template, podManagementPolicy: 'Serial' },
        says: '/spec/podManagementPolicy: must be one of OrderedReady, Parallel, not "Serial"',
      },
    ],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    good: [
      { what: 'the least', spec: { selector: {}, template } },
      { what: 'fields that only Kubernetes knows', spec: { selector: {}, template: rich, updateStrategy: {} } },
    ],
    bad: [{ what: 'no template', spec: { selector: {} }, says: '/spec: lacks "template"' }],
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    good: [
      { what: 'the least', spec: template.spec },
      { what: 'fields that only Kubernetes knows', spec: { ...rich.spec, nodeName: 'n1', hostname: 'a' } },
    ],
    bad: [
      { what: 'no spec', spec: undefined, says: ': lacks "spec"' },
      { what: 'no containers', spec: { containers: [] }, says: '/spec/containers: must have at least 1 item' },
      {
        what: 'a port as text',
        spec: { containers: [{ name: 'a', ports: [{ containerPort: '80' }] }] },
        says: '/spec/containers/0/ports/0/containerPort: must be a whole number, not "80"',
      },
    ],
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    good: [
      { what: 'the least', spec: { template: once } },
      {
        what: 'limits, and fields that only Kubernetes knows',
        spec: {
          activeDeadlineSeconds: 60,
          backoffLimit: 0,
          completionMode: 'Indexed',
          completions: 3,
          parallelism: 0,
          podFailurePolicy: { rules: [] },
          suspend: true,
          template: rich,
          ttlSecondsAfterFinished: 0,
        },
      },
    ],
    bad: [
      { what: 'no template', spec: {}, says: '/spec: lacks "template"' },
      {
        what: 'a policy that there is not',
        spec: { template: { spec: { containers: [{ name: 'a' }], restartPolicy: 'never' } } },
        says: '/spec/template/spec/restartPolicy: must be one of Always, Never, OnFailure, not "never"',
      },
      {
        what: 'a time that is over at once',
        spec: { template: once, activeDeadlineSeconds: 0 },
        says: '/spec/activeDeadlineSeconds: must be at least 1, not 0',
      },
    ],
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    good: [
      { what: 'the least', spec: { schedule: '@daily', jobTemplate: { spec: { template: once } } } },
      {
        what: 'all that is said of time',
        spec: {
          concurrencyPolicy: 'Forbid',
          failedJobsHistoryLimit: 1,
          jobTemplate: { metadata: { creationTimestamp: null, labels: { app: 'a' } }, spec: { template: rich } },
          schedule: '*/5 * * * *',
          startingDeadlineSeconds: 30,
          successfulJobsHistoryLimit: 3,
          suspend: false,
          timeZone: 'Europe/Berlin',
        },
      },
    ],
    bad: [
      { what: 'no schedule', spec: { jobTemplate: { spec: { template: once } } }, says: '/spec: lacks "schedule"' },
      {
        what: 'a template of pods, not of Jobs',
        spec: { schedule: '@daily', jobTemplate: template },
        says: '/spec/jobTemplate/spec: lacks "template"',
      },
    ],
  },
]
