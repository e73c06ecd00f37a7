/** What a scope says of the ports that a workload takes in. */
import { settingsOf as meshSettingsOf } from '../../../model/mesh-settings.ts'
import type { IngressPort, IngressTarget, Scope } from '../../../model/scope.ts'
import type { Service, ServicePort } from '../../../model/service.ts'
import type { ConnectionPool } from '../../../model/traffic-policy.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import type { InboundTarget } from './clusters.ts'
import type { MeshIndex } from './index-mesh.ts'

/** Of one port; the same object for as long as the scope stays the same. */
export interface InboundSettings {
  readonly ingress?: IngressPort
  readonly pool?: ConnectionPool
}

const nothingSaid: InboundSettings = {}

export function inboundSettings(scope: Scope | undefined, port: number): InboundSettings {
  return scope === undefined ? nothingSaid : (settingsOf(scope).ports.get(port) ?? settingsOf(scope).others)
}

const settingsOf = memo(({ ingress = [], inboundPool }: Scope) => {
  const others: InboundSettings = inboundPool === undefined ? nothingSaid : { pool: inboundPool }
  const ports = ingress.map((port): [number, InboundSettings] => {
    const pool = port.pool ?? inboundPool
    return [port.number, { ingress: port, ...(pool === undefined ? {} : { pool }) }]
  })
  return { others, ports: new Map(ports) }
})

/** A port that a scope declares says itself how it is spoken to; the service is one that leads to it, or stands for the workload. */
export const declaredPort = memo(
  (ingress: IngressPort, workload: Workload, leading: { readonly service?: Service }): ServedByScope => {
    const { number, name, protocol, at } = ingress
    const port: ServicePort = { name, number, targetPort: number, protocol, declared: true, at }
    const { namespace, labels } = workload
    const host = `${workload.name}.${namespace}`
    const own: Service = { name: workload.name, namespace, host, ports: [port], selector: labels, labels, at }
    return { service: leading.service ?? own, port }
  },
)

interface ServedByScope {
  readonly service: Service
  readonly port: ServicePort
}

/**
 * Where the application is, for a proxy that knows where connections were going.
 *
 * @param port of the application, where nothing is said of it
 * @param index whose settings may say that applications are at 127.0.0.1 (Istio's `LOCALHOST`)
 */
export function redirectedTarget({ ingress }: InboundSettings, port: number, { mesh }: MeshIndex): InboundTarget {
  if (ingress?.target !== undefined) return targetOf(ingress.target)
  const areAtLocalhost = meshSettingsOf(mesh)?.wide?.areAtLocalhost === true
  return areAtLocalhost ? { kind: 'address', address: { address: '127.0.0.1', port } } : { kind: 'original' }
}

function targetOf(target: IngressTarget): InboundTarget {
  if (target.kind === 'socket') return target
  if (target.kind === 'own') return { kind: 'original', port: target.port }
  return { kind: 'address', address: target }
}
