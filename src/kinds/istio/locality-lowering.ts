import type { LocalityPreference } from '../../model/locality.ts'
import type {
  LoadBalancerSettings,
  LocalityLoadBalancerSetting,
  ZoneAwareLoadBalancerSetting,
} from './load-balancer.ts'

/** Zones win over places: for a mesh both may be said, of which Istio's own default is the latter. */
export function lowerPlaces({
  localityLbSetting: places,
  zoneAwareLbSetting: zones,
}: Pick<LoadBalancerSettings, 'localityLbSetting' | 'zoneAwareLbSetting'>): LocalityPreference | undefined {
  if (zones?.enabled ?? zones !== undefined) return lowerZones(zones!)
  if (places !== undefined) return lowerLocality(places)
  return zones === undefined ? undefined : lowerLocality({})
}

/** Envoy's, which is Istio's. */
const defaultMinEndpoints = 6

function lowerZones({ minClusterSize, ...setting }: ZoneAwareLoadBalancerSetting): LocalityPreference {
  return { ...lowerLocality(setting), zones: { minEndpoints: minClusterSize ?? defaultMinEndpoints } }
}

/** Switched on unless it says otherwise: that is the mesh's setting, too (Istio's default). */
function lowerLocality(setting: LocalityLoadBalancerSetting): LocalityPreference {
  return {
    isOn: setting.enabled ?? true,
    distribute: (setting.distribute ?? []).map(({ from = '', to = {} }) => ({ from, to })),
    failover: (setting.failover ?? []).map(({ from = '', to = '' }) => ({ from, to })),
    failoverPriority: (setting.failoverPriority ?? []).map(text => {
      const [label = '', value] = text.split('=')
      return value === undefined ? { label } : { label, value }
    }),
  }
}
