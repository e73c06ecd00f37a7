import type { PatchedObject, ProxyChange, ProxyPatch } from '../../model/proxy-patch.ts'
import { type PlainMessage, readWritten } from '../../protobuf/canonical.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import type { Resource } from '../resource.ts'
import type { EnvoyConfigPatch, EnvoyFilter, EnvoyProxyMatch } from './envoy-filter.ts'
import { patchedTypes, withNewNames } from './envoy-messages.ts'
import { lowerTarget } from './policy-target.ts'

export function lowerEnvoyFilter(resource: Resource): Contribution {
  const { spec = {} } = resource as unknown as EnvoyFilter
  const { workloadSelector, targetRefs, configPatches = [] } = spec
  const selector = workloadSelector?.labels
  const patch: ProxyPatch = {
    ...nodeOf(resource),
    ...lowerTarget(
      {
        ...(selector === undefined ? {} : { selector: { matchLabels: selector } }),
        ...(targetRefs === undefined ? {} : { targetRefs }),
      },
      resource,
    ),
    priority: spec.priority ?? 0,
    changes: configPatches.flatMap((change, index) =>
      lowerChange(change, at(resource, `/spec/configPatches/${index}`)),
    ),
  }
  return { proxyPatches: [patch] }
}

/** None for what a rule refuses or says to have no effect. */
function lowerChange({ applyTo, match = {}, patch }: EnvoyConfigPatch, place: string): ProxyChange[] {
  const { operation, filterClass } = patch ?? {}
  const type = (patchedTypes as { readonly [object: string]: string | undefined })[applyTo ?? '']
  if (type === undefined || operation === undefined || operation === 'INVALID') return []
  const { context = 'ANY', proxy, listener, routeConfiguration: routes, cluster } = match
  if (context === 'WAYPOINT') return []
  const value = operation === 'REMOVE' ? undefined : readPatchValue(type, patch?.value)
  if (value === undefined && operation !== 'REMOVE') return []
  return [
    {
      at: place,
      object: applyTo as PatchedObject,
      operation,
      context,
      ...(value === undefined ? {} : { value }),
      ...(proxy === undefined ? {} : { proxy: lowerProxy(proxy) }),
      ...(listener === undefined ? {} : { listener: withNewNames(listener) }),
      ...(routes === undefined ? {} : { routes }),
      ...(cluster === undefined ? {} : { cluster }),
      ...(filterClass === undefined || filterClass === 'UNSPECIFIED' ? {} : { filterClass }),
    },
  ]
}

/** Undefined where it is not the message that it should be. */
function readPatchValue(type: string, value: unknown): PlainMessage | undefined {
  const { message, problems } = readWritten(type, value)
  return problems.every(({ kind }) => kind !== undefined) ? message : undefined
}

function lowerProxy({ proxyVersion, metadata = {} }: EnvoyProxyMatch): ProxyChange['proxy'] & {} {
  return { ...(proxyVersion === undefined || proxyVersion === '' ? {} : { version: proxyVersion }), metadata }
}
