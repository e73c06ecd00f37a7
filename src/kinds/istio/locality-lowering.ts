import type { LocalityPreference } from '../../model/locality.ts'
import type { LocalityLoadBalancerSetting } from './load-balancer.ts'

/** Switched on unless it says otherwise: that is the mesh's setting, too (Istio's default). */
export function lowerLocality(setting: LocalityLoadBalancerSetting): LocalityPreference {
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
