import type { AccessLogRule, TelemetryPolicy, TrafficSide } from '../../model/telemetry-policy.ts'
import { celBeyondEnvoy } from '../cel-for-envoy.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import type { Resource } from '../resource.ts'
import { lowerTarget } from './policy-target.ts'
import type { AccessLogging, Telemetry, TelemetryMode, TelemetryProvider } from './telemetry.ts'

/** Istio's own name for the proxy's standard output. */
const standardOutput = 'envoy'

/** Is it a provider that lines can go to here? Istio looks for its own in any case. */
export function isLogProvider({ name }: TelemetryProvider): boolean {
  return name.toLowerCase() === standardOutput
}

export function lowerTelemetry(resource: Resource): Contribution {
  const { spec = {} } = resource as unknown as Telemetry
  const { creationTimestamp } = resource.metadata
  const policy: TelemetryPolicy = {
    ...nodeOf(resource),
    ...lowerTarget(spec),
    accessLog: (spec.accessLogging ?? []).flatMap((logging, index) =>
      lowerLogging(logging, at(resource, `/spec/accessLogging/${index}`)),
    ),
    ...(typeof creationTimestamp === 'string' ? { createdAt: creationTimestamp } : {}),
  }
  return { telemetries: [policy] }
}

/** Nothing of an entry that is for others alone, nor of one whose condition no proxy takes: a check says so. */
function lowerLogging({ match, providers = [], disabled, filter }: AccessLogging, place: string): AccessLogRule[] {
  const condition = filter?.expression
  if (providers.length > 0 && !providers.some(isLogProvider)) return []
  if (condition !== undefined && celBeyondEnvoy(condition) !== undefined) return []
  return [
    {
      ...sideOf(match),
      isNamed: providers.length > 0,
      isOff: disabled === true,
      ...(condition === undefined ? {} : { condition }),
      at: place,
    },
  ]
}

const sides: Readonly<{ [mode: string]: TrafficSide }> = { CLIENT: 'client', SERVER: 'server' }

function sideOf(match: TelemetryMode | undefined): { readonly side?: TrafficSide } {
  const side = sides[match?.mode ?? '']
  return side === undefined ? {} : { side }
}
