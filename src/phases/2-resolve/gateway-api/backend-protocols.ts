/** Whether a backend speaks what is sent to it: by its port's appProtocol, and by the policy that its Service has for TLS. */
import { protocolOfApp } from '../../../kinds/kubernetes/service.ts'
import { hostCovers } from '../../../model/host-entry.ts'
import { isHttp, type Protocol, type Service, type ServicePort } from '../../../model/service.ts'
import { policyFor, unusable } from './backend-policies.ts'
import type { ApiResources } from './resources.ts'

export interface BackendProblem {
  /** As a condition has it. */
  readonly reason: string
  readonly message: string
}

/** Protocols whose servers take no request of HTTP for what it is. */
const otherProtocols: ReadonlySet<Protocol> = new Set(['MONGO', 'MYSQL', 'REDIS'])

/** Of kinds that send requests of HTTP; what routes of bytes and datagrams send is theirs to know. */
const sendsRequests: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'Gateway', 'ListenerSet'])

/**
 * What is in the way of sending requests to a port that is there.
 *
 * @param kind of who names it
 */
export function protocolProblem(
  kind: string,
  { service, port }: { readonly service: Service; readonly port: ServicePort },
  resources: ApiResources,
): BackendProblem | undefined {
  if (!sendsRequests.has(kind)) return undefined
  const { appProtocol } = port
  const held = policyFor(service, port.name, resources)
  if (held === undefined && appProtocol === undefined) return undefined
  // What a DestinationRule says of TLS goes before a policy.
  const isRuled = resources.tlsByRules.some(host => hostCovers(host, service.host))
  const policy = isRuled ? undefined : held
  const unheld = policy && unusable(policy, resources)
  const where = `port ${port.number} of Service "${service.name}" in namespace "${service.namespace}"`
  if (policy !== undefined && unheld?.message !== undefined) {
    const { reason, message } = unheld
    return {
      reason,
      message: `${where} can’t be called as BackendTLSPolicy "${policy.metadata.name}" wants it: ${message}`,
    }
  }
  if (appProtocol === undefined || isSpoken(kind, port, appProtocol)) return undefined
  // Sockets of the web are for HTTPRoutes alone.
  const isSecure = protocolOfApp(appProtocol) === 'HTTPS' && kind !== 'GRPCRoute'
  if (isSecure && (isRuled || policy !== undefined)) return undefined
  const remedy = isSecure ? ', and no BackendTLSPolicy has it called by TLS' : ''
  return {
    reason: 'UnsupportedProtocol',
    message: `${where} speaks ${appProtocol} (appProtocol), which no ${kind} carries${remedy}`,
  }
}

/** GEP-1911: what is known and carries requests; what Istio's convention for names says besides an appProtocol that is nobody's, holds. */
function isSpoken(kind: string, port: ServicePort, appProtocol: string): boolean {
  const word = appProtocol.toLowerCase()
  if (word === 'kubernetes.io/wss' || (word === 'kubernetes.io/ws' && kind === 'GRPCRoute')) return false
  const protocol = protocolOfApp(word)
  return protocol === undefined ? isHttp(port.protocol) : !otherProtocols.has(protocol)
}
