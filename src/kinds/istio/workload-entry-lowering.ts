import type { HostEndpoint } from '../../model/machine.ts'
import { type Contribution, nodeOf } from '../definition.ts'
import type { Resource } from '../resource.ts'
import type { WorkloadEntry, WorkloadEntrySpec } from './workload-entry.ts'

export function lowerWorkloadEntry(resource: Resource): Contribution {
  const { spec } = resource as unknown as WorkloadEntry
  return { machines: lowerEndpoint(spec).map(endpoint => ({ ...nodeOf(resource), ...endpoint })) }
}

/** Nothing where only a network is named: what leads there is not part of the mesh. */
export function lowerEndpoint(entry: WorkloadEntrySpec): HostEndpoint[] {
  const { address, ports = {}, labels = {}, locality, weight, serviceAccount } = entry
  if (address === undefined) return []
  const [region, zone, subzone] = (locality ?? '').split('/')
  return [
    {
      address,
      ports,
      labels,
      ...(locality === undefined || locality === ''
        ? {}
        : {
            locality: {
              region: region!,
              ...(zone === undefined ? {} : { zone }),
              ...(subzone === undefined ? {} : { subzone }),
            },
          }),
      // Istio can't tell 0 from a weight that nobody gave.
      weight: weight === undefined || weight === 0 ? 1 : weight,
      ...(isOfMesh(entry) ? { hasIdentity: true as const } : {}),
      serviceAccount: serviceAccount === undefined || serviceAccount === '' ? 'default' : serviceAccount,
    },
  ]
}

/** The label says it, or else that an account is named (Istio's rule). */
function isOfMesh({ labels = {}, serviceAccount = '' }: WorkloadEntrySpec): boolean {
  const mode = labels['security.istio.io/tlsMode']
  return mode === undefined ? serviceAccount !== '' : mode === 'istio'
}
