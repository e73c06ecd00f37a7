// Every field of a Telemetry: which requests are logged, traced and counted, where that is told, and with what.
import { gatewayApi, istio, service } from 'meshwright'
import { run } from './workloads.ts'

export * from './mesh-config.ts'
export const lamp = service('lamp', { port: 8080, versions: { v1: run } })
export const tower = gatewayApi.gateway({
  metadata: { name: 'tower' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8082, protocol: 'HTTP' }] },
})

export const watched = istio.telemetry({
  metadata: { name: 'lamp' },
  spec: {
    selector: { matchLabels: { app: 'lamp' } },
    tracing: [
      {
        match: { mode: 'SERVER' },
        providers: [{ name: 'spans' }],
        randomSamplingPercentage: 12.5,
        disableSpanReporting: false,
        disableContextPropagation: false,
        customTags: {
          team: { literal: { value: 'lights' } },
          zone: { environment: { name: 'ZONE', defaultValue: 'unknown' } },
          tier: { header: { name: 'x-tier', defaultValue: 'none' } },
          path: { formatter: { value: '%REQ(:PATH)%' } },
        },
        enableIstioTags: false,
        useRequestIdForTraceSampling: false,
      },
      { match: { mode: 'CLIENT' }, disableSpanReporting: true },
    ],
    metrics: [
      {
        providers: [{ name: 'prometheus' }],
        overrides: [
          {
            match: { metric: 'REQUEST_COUNT', mode: 'SERVER' },
            disabled: false,
            tagOverrides: { tier: { operation: 'UPSERT', value: 'request.headers["x-tier"]' } },
          },
          { match: { customMetric: 'lamps_lit' }, disabled: true },
        ],
        reportingInterval: '5s',
      },
    ],
    accessLogging: [
      {
        match: { mode: 'SERVER' },
        providers: [{ name: 'envoy' }],
        disabled: false,
        filter: { expression: 'response.code >= 400' },
      },
    ],
  },
})

export const quietTower = istio.telemetry({
  metadata: { name: 'tower' },
  spec: {
    targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'tower' },
    accessLogging: [{ providers: [{ name: 'envoy' }], filter: { expression: 'response.code >= 500' } }],
  },
})

export const tracedTower = istio.telemetry({
  metadata: { name: 'tower-traces' },
  spec: {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'tower' }],
    tracing: [{ providers: [{ name: 'zipkin' }], randomSamplingPercentage: 1 }],
  },
})
