/** Whether those who are to be asked or told are there: MeshConfig names them, policies refer to them. */
import { authorizerUnknown, telemetryProviderUnknown } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Mesh } from '../../model/mesh.ts'
import { type ProviderService, providersOf, serviceOf, settingsOf } from '../../model/mesh-settings.ts'
import type { At } from '../../model/node.ts'
import { standardLog } from '../../model/recording.ts'
import { nearestWord } from '../../util/edit-distance.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { placeOf } from '../2-resolve/span-table.ts'
import { fieldName } from './field-path.ts'

/** Says who is to be asked, or told, and can't be. Proxies then refuse what would have been asked about. */
export function checkProviders(resolved: Resolved): Diagnostic[] {
  return [...checkAuthorizers(resolved), ...checkTold(resolved)]
}

interface NamedProvider {
  readonly kind: string
  readonly name: string
  readonly provider: string
  /** What it is named for. */
  readonly role: 'collector' | 'log'
  /** Of the name. */
  readonly at: At
}

/** Whom Telemetry and MeshConfig itself name. What stays untold is no danger. */
function checkTold({ mesh, spans }: Resolved): Diagnostic[] {
  return [...namedIn(mesh), ...namedByTelemetry(mesh)].flatMap(({ kind, name, provider, role, at }) => {
    const wrong = problemOf(provider, role, mesh)
    if (wrong === undefined) return []
    const place = placeOf(spans, at)
    const field = fieldName(place.pointer, spans.optionOf(at))
    return [telemetryProviderUnknown(place, { kind, name, field, provider, ...wrong })]
  })
}

function namedIn(mesh: Mesh): NamedProvider[] {
  const settings = settingsOf(mesh)
  if (settings === undefined) return []
  const { name, defaultCollector, logging = {} } = settings
  const root = `${settings.at}/data/mesh/defaultProviders`
  const who = { kind: 'ConfigMap', name }
  return [
    ...(defaultCollector === undefined
      ? []
      : [{ ...who, role: 'collector' as const, provider: defaultCollector, at: `${root}/tracing/0` }]),
    ...(logging.defaults ?? []).map((provider, index) => ({
      ...{ ...who, role: 'log' as const, provider },
      at: `${root}/accessLogging/${index}`,
    })),
  ]
}

function namedByTelemetry(mesh: Mesh): NamedProvider[] {
  return mesh.telemetries.flatMap(({ name, tracing, accessLog }): NamedProvider[] => {
    const who = { kind: 'Telemetry', name }
    return [
      ...tracing.flatMap(({ collector, at }) =>
        collector === undefined
          ? []
          : [{ ...who, role: 'collector' as const, provider: collector, at: `${at}/providers/0/name` }],
      ),
      ...accessLog.flatMap(({ providers, at }) =>
        providers.map((provider, index) => ({
          ...{ ...who, role: 'log' as const, provider },
          at: `${at}/providers/${index}/name`,
        })),
      ),
    ]
  })
}

function checkAuthorizers({ mesh, spans }: Resolved): Diagnostic[] {
  return mesh.accessPolicies.flatMap(({ action, provider, at, name }) => {
    if (action !== 'CUSTOM' || provider === undefined || provider === '') return []
    const wrong = problemOf(provider, 'authorizer', mesh)
    if (wrong === undefined) return []
    const place = placeOf(spans, `${at}/spec/provider/name`)
    return [authorizerUnknown(place, { kind: 'AuthorizationPolicy', name, provider, ...wrong })]
  })
}

interface Wrong {
  readonly problem: string
  readonly remedy: string
}

/** What somebody is named for: how MeshConfig has one, and what is wrong with one who is there for something else. */
const wanted = {
  authorizer: { ways: 'envoyExtAuthzHttp or envoyExtAuthzGrpc', other: 'which decides nothing' },
  collector: { ways: 'opentelemetry or zipkin', other: 'which is not brought to Envoy for traces' },
  log: {
    ways: 'envoyFileAccessLog, envoyOtelAls, envoyHttpAls or envoyTcpAls',
    other: 'which is not brought to Envoy for access logs',
  },
} as const

function problemOf(name: string, kind: keyof typeof wanted, mesh: Mesh): Wrong | undefined {
  const providers = providersOf(mesh)
  const found = providers.find(provider => provider.name === name)
  if (found === undefined && kind === 'log' && name === standardLog.name) return undefined
  const { ways, other } = wanted[kind]
  const able = providers.flatMap(each => (each.kind === kind ? each.name : []))
  if (kind === 'log' && able.length > 0) able.unshift(standardLog.name)
  const remedy = remedyFor(name, able, ways)
  if (found === undefined) return { problem: 'which MeshConfig does not name', remedy }
  if (found.kind === 'other' || found.kind !== kind) return { problem: other, remedy }
  if (found.kind === 'log')
    return found.sink.kind === 'file' ? undefined : serviceProblem(found.sink.service, true, mesh)
  return serviceProblem(found.service, found.protocol === 'grpc' || found.protocol === 'otlp-grpc', mesh)
}

function serviceProblem(service: ProviderService, isGrpc: boolean, mesh: Mesh): Wrong | undefined {
  const target = serviceOf(service, mesh.services)
  const where = `${service.host}:${service.port}`
  if (target === undefined)
    return {
      problem: `whose service ${where} is not there`,
      remedy: 'declare the service, or correct its host or port',
    }
  const port = target.ports.find(({ number }) => number === service.port)!
  return isGrpc && !speaksHttp2.has(port.protocol)
    ? {
        problem: `which is called by gRPC, while ${where} speaks ${port.protocol}`,
        remedy: 'declare that the port speaks gRPC: by `protocol` in TypeScript, by its name or appProtocol in YAML',
      }
    : undefined
}

const speaksHttp2: ReadonlySet<string> = new Set(['GRPC', 'GRPC-WEB', 'HTTP2'])

function remedyFor(name: string, known: readonly string[], ways: string): string {
  if (known.length === 0) return `name it in extensionProviders of MeshConfig, by ${ways} (istio.meshConfig)`
  const near = nearestWord(name, known)
  return near === undefined ? `use one of ${known.join(', ')}` : `did you mean ${near}?`
}
