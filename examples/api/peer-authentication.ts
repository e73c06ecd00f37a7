// Every field of a PeerAuthentication: who has to show a certificate, at which ports.
import { istio, service } from 'meshwright'
import { run } from './workloads.ts'

export const till = service('till', { ports: { http: 8080, metrics: 9090 }, versions: { v1: run } })

export const strictTill = istio.peerAuthentication({
  metadata: { name: 'till' },
  spec: {
    selector: { matchLabels: { app: 'till' } },
    mtls: { mode: 'STRICT' },
    portLevelMtls: { 9090: { mode: 'PERMISSIVE' } },
  },
})
