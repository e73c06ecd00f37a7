// Every field of a WorkloadEntry: a machine that runs what a host stands for.
import { istio } from 'meshwright'
import { caller } from './workloads.ts'

export const clerk = caller('clerk')

export const ledger = istio.serviceEntry({
  metadata: { name: 'ledger' },
  spec: {
    hosts: ['ledger.office.internal'],
    ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
    location: 'MESH_INTERNAL',
    resolution: 'STATIC',
    workloadSelector: { labels: { app: 'ledger' } },
  },
})

export const ledgerMachine = istio.workloadEntry({
  metadata: { name: 'ledger-1' },
  spec: {
    address: '192.0.2.30',
    ports: { http: 8088 },
    labels: { app: 'ledger', version: 'v1' },
    network: 'office',
    locality: 'eu-west/eu-west-1/b',
    weight: 2,
    serviceAccount: 'ledger',
  },
})
