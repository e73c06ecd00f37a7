/**
 * What the Envoy of a machine outside of Kubernetes starts with: as a pod's, but that nobody asks after its health and
 * nothing is redirected to it.
 */
import { bootstrapBase } from './bootstrap.ts'
import type { Message } from './envoy-resource.ts'
import { allByAds, xdsCluster } from './pod-bootstrap.ts'

export interface MachineBootstrapOptions {
  readonly name: string
  readonly namespace: string
  readonly address: string
  /** DNS suffix of the mesh. */
  readonly domain: string
  /** Where the control plane is reached, and the name that its certificate carries. */
  readonly xds: { readonly host: string; readonly port: number; readonly name: string }
  /** Folder with `token`, `ca.crt` and `xds-token.json`; whoever changes one moves it there. */
  readonly folder: string
}

export function machineBootstrap({ domain, xds, folder, ...proxy }: MachineBootstrapOptions): Message {
  return {
    ...bootstrapBase({
      proxy: { ...proxy, kind: 'sidecar', inbound: [], outbound: [], servers: [] },
      domain,
      labels: {},
      admin: { kind: 'socket', path: `${folder}/admin.sock` },
    }),
    dynamic_resources: allByAds,
    static_resources: { clusters: [xdsCluster(xds, folder)] },
  }
}
