import { calls, istio, service } from 'meshwright'

/** For the mesh; what is narrower takes over each field that it has. */
export const all = istio.telemetry({
  metadata: { name: 'traces', namespace: 'mesh-system' },
  spec: {
    tracing: [
      {
        providers: [{ name: 'collector' }],
        randomSamplingPercentage: 0.25,
        enableIstioTags: true,
        customTags: { team: { literal: { value: 'shop' } } },
      },
    ],
  },
})
export const caller = istio.telemetry({
  metadata: { name: 'caller' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    tracing: [
      {
        match: { mode: 'CLIENT' },
        customTags: {
          pod: { environment: { name: 'POD_NAME', defaultValue: 'none' } },
          agent: { header: { name: 'user-agent' } },
          route: { formatter: { value: '%ROUTE_NAME% of %REQ(:AUTHORITY)%' } },
          wrong: { formatter: { value: '%ROUTES%' } },
        },
        disableContextPropagation: true,
        useRequestIdForTraceSampling: false,
      },
    ],
  },
})
export const quiet = istio.telemetry({
  metadata: { name: 'quiet' },
  spec: { selector: { matchLabels: { app: 'api' } }, tracing: [{ disableSpanReporting: true }] },
})

export const api = service('api', { port: 80, versions: { v1: {} } })
export const web = service('web', { port: 80, versions: { v1: {} } })

calls(web, [api])
