// Every field of a WorkloadGroup: what machines that join a mesh have in common, and how it is seen that they are well.
import { type Declared, istio } from 'meshwright'

type Probe = NonNullable<Parameters<typeof istio.workloadGroup>[0]['spec']['probe']>

const often = { initialDelaySeconds: 5, timeoutSeconds: 3, periodSeconds: 4, successThreshold: 3, failureThreshold: 2 }

const group = (name: string, probe: Probe): Declared<'WorkloadGroup'> =>
  istio.workloadGroup({
    metadata: { name },
    spec: {
      metadata: { labels: { app: name, version: 'v1' }, annotations: { 'shop.example/room': '12' } },
      template: {
        address: '192.0.2.40',
        ports: { http: 8080 },
        labels: { class: 'machine' },
        network: 'office',
        locality: 'eu-west/eu-west-1/c',
        weight: 1,
        serviceAccount: name,
      },
      probe,
    },
  })

export const byHttp = group('printers', {
  ...often,
  httpGet: {
    path: '/health',
    port: 8080,
    host: '127.0.0.1',
    scheme: 'HTTP',
    httpHeaders: [{ name: 'x-probe', value: 'yes' }],
  },
})
export const byTcp = group('scanners', { ...often, tcpSocket: { host: '127.0.0.1', port: 8080 } })
export const byCommand = group('labellers', { ...often, exec: { command: ['/usr/bin/test', '-e', '/run/ready'] } })
export const byGrpc = group('cutters', { ...often, grpc: { port: 8080, service: 'cutter' } })
