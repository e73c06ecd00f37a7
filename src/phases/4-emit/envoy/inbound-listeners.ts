/** Listeners through which a sidecar takes in what others send to its workload. */
import type { Inbound, ProxyPlacement } from '../../../model/placement.ts'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import { containerPort, type Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { inboundClusterOf } from './clusters.ts'
import { type EnvoyResource, type Message, seconds } from './envoy-resource.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import type { MeshIndex } from './index-mesh.ts'
import { detection, isDetectedHttp, listenerBase } from './listener.ts'
import { inboundCluster, listenerName, operation } from './names.ts'
import { tcpProxy } from './tcp-proxy.ts'

interface Served {
  readonly service: Service
  readonly port: ServicePort
}

/** Listener and cluster for each port that the proxy takes in. */
export function inboundResources(proxy: ProxyPlacement, workload: Workload, index: MeshIndex): EnvoyResource[] {
  return proxy.inbound.flatMap(inbound => {
    const served = servedBy(workload, inbound, index)
    return served === undefined ? [] : resourcesOf(workload, served.service, served.port, inbound)
  })
}

/** Made once for as long as address, service and workload stay. */
const resourcesOf = memo((workload: Workload, service: Service, port: ServicePort, inbound: Inbound) => {
  const from = [port.at, service.at, workload.at]
  return [inboundListener(inbound, { service, port }, from), inboundClusterOf(inbound, port.protocol, from)]
})

/** The first service that leads to this port tells how it is spoken to. */
function servedBy(workload: Workload, inbound: Inbound, index: MeshIndex): Served | undefined {
  for (const service of index.servicesOf(workload)) {
    const port = service.ports.find(candidate => containerPort(workload, candidate.targetPort) === inbound.port)
    if (port !== undefined) return { service, port }
  }
  return undefined
}

function inboundListener(inbound: Inbound, served: Served, from: readonly string[]): EnvoyResource {
  const name = listenerName(inbound.listen)
  const cluster = inboundCluster(inbound.port)
  const { protocol } = served.port
  const base = listenerBase(inbound.listen, 'INBOUND')
  const http = httpConnectionManager({
    statPrefix: `inbound_${name}`,
    routes: { kind: 'inline', config: inboundRoutes(served, cluster) },
    direction: 'inbound',
    peer: '',
    isGrpcWeb: protocol === 'GRPC-WEB',
  })
  const value = isHttp(protocol)
    ? { ...base, filter_chains: [{ filters: [http] }] }
    : protocol === 'AUTO'
      ? {
          ...base,
          ...detection,
          filter_chains: [{ filter_chain_match: isDetectedHttp, filters: [http] }],
          default_filter_chain: { filters: [tcpProxy(cluster)] },
        }
      : { ...base, filter_chains: [{ filters: [tcpProxy(cluster)] }] }
  return { type: 'listener', name, value, needs: { cluster: [cluster] }, from }
}

function inboundRoutes({ service, port }: Served, cluster: string): Message {
  const isGrpc = port.protocol === 'GRPC' || port.protocol === 'GRPC-WEB'
  // A request that never reached the application may be tried again; gRPC clients do that themselves (istiod's rule).
  const retry = isGrpc ? {} : { retry_policy: { retry_on: 'reset-before-request', num_retries: 2 } }
  return {
    name: cluster,
    validate_clusters: false,
    virtual_hosts: [
      {
        name: `inbound|http|${port.number}`,
        domains: ['*'],
        routes: [
          {
            name: 'default',
            match: { prefix: '/' },
            route: { cluster, timeout: seconds(0), max_grpc_timeout: seconds(0), ...retry },
            decorator: { operation: operation(service, port) },
          },
        ],
      },
    ],
  }
}
