// Every field of a ServiceEntry: hosts that no Kubernetes Service stands for, and where they are.
import { istio, kubernetes } from 'meshwright'
import { caller } from './workloads.ts'

export const courier = caller('courier')
export const stranger = caller('stranger', 'alley')
export const alley = kubernetes.namespace({ metadata: { name: 'alley' } })

export const parcels = istio.serviceEntry({
  metadata: { name: 'parcels' },
  spec: {
    hosts: ['parcels.example'],
    addresses: ['240.1.2.3'],
    ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: 8080 }],
    location: 'MESH_EXTERNAL',
    resolution: 'STATIC',
    exportTo: ['.'],
    subjectAltNames: ['parcels.example'],
    endpoints: [
      {
        address: '192.0.2.10',
        ports: { http: 8081 },
        labels: { version: 'v1' },
        network: 'depot',
        locality: 'eu-west/eu-west-1/a',
        weight: 3,
        serviceAccount: 'parcels',
      },
      { address: '192.0.2.11' },
    ],
  },
})

/** Its certificate has to bear one of the entry's names. */
export const parcelPolicy = istio.destinationRule({
  metadata: { name: 'parcels' },
  spec: { host: 'parcels.example', trafficPolicy: { tls: { mode: 'SIMPLE' } } },
})

export const scales = istio.serviceEntry({
  metadata: { name: 'scales' },
  spec: {
    hosts: ['scales.depot.internal'],
    ports: [{ number: 9000, name: 'tcp', protocol: 'TCP' }],
    location: 'MESH_INTERNAL',
    resolution: 'STATIC',
    workloadSelector: { labels: { app: 'scales' } },
  },
})

export const scale = istio.workloadEntry({
  metadata: { name: 'scale-1' },
  spec: { address: '192.0.2.20', labels: { app: 'scales' } },
})

export const cranes = istio.serviceEntry({
  metadata: { name: 'cranes' },
  spec: {
    hosts: ['cranes.depot.internal'],
    ports: [{ number: 9100, name: 'http', protocol: 'HTTP' }],
    location: 'MESH_INTERNAL',
    resolution: 'STATIC',
    endpoints: [
      { address: '192.0.2.31', labels: { version: 'v1' }, serviceAccount: 'cranes' },
      { address: '192.0.2.32', labels: { version: 'v2' }, serviceAccount: 'cranes' },
    ],
  },
})

export const cranePolicy = istio.destinationRule({
  metadata: { name: 'cranes' },
  spec: { host: 'cranes.depot.internal', subsets: [{ name: 'old', labels: { version: 'v1' } }] },
})
