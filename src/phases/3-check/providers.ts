/** Whether those who are to be asked or told are there: MeshConfig names them, policies refer to them. */
import { authorizerUnknown } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { AccessPolicy } from '../../model/access-policy.ts'
import type { Mesh } from '../../model/mesh.ts'
import { type Provider, providersOf, serviceOf } from '../../model/mesh-settings.ts'
import { nearestWord } from '../../util/edit-distance.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { subjectAt } from '../2-resolve/span-table.ts'

/** Says who is to be asked and can't be. Proxies then refuse what would have been asked about. */
export function checkProviders({ mesh, spans }: Resolved): Diagnostic[] {
  const providers = providersOf(mesh)
  return mesh.accessPolicies.flatMap(policy => {
    const { action, provider, at, name } = policy
    if (action !== 'CUSTOM' || provider === undefined || provider === '') return []
    const wrong = problemOf(policy, providers, mesh)
    if (wrong === undefined) return []
    const span = spans.spanOf(`${at}/spec/provider/name`)
    const place = { ...(span === undefined ? {} : { span }), subject: subjectAt(at) }
    return [authorizerUnknown(place, { kind: 'AuthorizationPolicy', name, provider, ...wrong })]
  })
}

interface Wrong {
  readonly problem: string
  readonly remedy: string
}

function problemOf({ provider = '' }: AccessPolicy, providers: readonly Provider[], mesh: Mesh): Wrong | undefined {
  const found = providers.find(({ name }) => name === provider)
  const able = providers.flatMap(each => (each.kind === 'authorizer' ? each.name : []))
  if (found === undefined) return { problem: 'which MeshConfig does not name', remedy: remedyFor(provider, able) }
  if (found.kind !== 'authorizer') return { problem: 'which decides nothing', remedy: remedyFor(provider, able) }
  const { service, protocol } = found
  const target = serviceOf(service, mesh.services)
  const where = `${service.host}:${service.port}`
  if (target === undefined)
    return {
      problem: `whose service ${where} is not there`,
      remedy: 'declare the service, or correct its host or port',
    }
  const port = target.ports.find(({ number }) => number === service.port)!
  return protocol === 'grpc' && !speaksHttp2.has(port.protocol)
    ? {
        problem: `which is asked by gRPC, while ${where} speaks ${port.protocol}`,
        remedy: 'name the service’s port grpc, or set its appProtocol',
      }
    : undefined
}

const speaksHttp2: ReadonlySet<string> = new Set(['GRPC', 'GRPC-WEB', 'HTTP2'])

function remedyFor(name: string, known: readonly string[]): string {
  if (known.length === 0)
    return 'name it in extensionProviders of MeshConfig, by envoyExtAuthzHttp or envoyExtAuthzGrpc (istio.meshConfig)'
  const near = nearestWord(name, known)
  return near === undefined ? `use one of ${known.join(', ')}` : `did you mean ${near}?`
}
