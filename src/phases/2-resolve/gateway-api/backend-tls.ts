/** BackendTLSPolicies: how Services want to be called, and what has become of each policy before each Gateway. */
import { at } from '../../../kinds/definition.ts'
import type { BackendTLSPolicy } from '../../../kinds/gateway-api/backend-tls-policy.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { OwnTls } from '../../../model/client-tls.ts'
import type { HttpRouting } from '../../../model/http-route.ts'
import type { Service, WantedTls } from '../../../model/service.ts'
import type { Condition, Standing } from '../../../model/standing.ts'
import { canonicalJson } from '../digest.ts'
import { acceptanceOf, authoritiesOf, targetProblem, targetsOf } from './backend-policies.ts'
import { namedBackends } from './backends.ts'
import type { Attachment } from './parents.ts'
import type { ApiResources, ApiRoute } from './resources.ts'
import { shownTo } from './shown-certificates.ts'

/** No certificate bears it. */
const nobody = 'authority-missing.invalid'

/**
 * Services that policies are about, as these want to be called, and what routes have them shown; of what is equal to what was before,
 * the same object.
 */
export function withBackendTls(
  services: readonly Service[],
  resources: ApiResources,
  { routings, previous = [] }: { readonly routings: readonly HttpRouting[]; readonly previous?: readonly Service[] },
): readonly Service[] {
  if (resources.backendTls.length === 0) return services
  const targets = targetsOf(resources)
  const shown = shownTo(routings)
  return services.map(service => {
    const own = service.entry === undefined ? targets.get(`${service.namespace}/${service.name}`) : undefined
    if (own === undefined) return service
    const wantedTls = own.flatMap(({ policy, section }): WantedTls[] => {
      const port = service.ports.find(({ name }) => name === section)?.number
      if (section !== undefined && port === undefined) return []
      return [{ ...(port === undefined ? {} : { port }), tls: tlsOf(policy, resources) }]
    })
    const shownCertificates = shown.get(service.host)
    const wanted = { ...service, wantedTls, ...(shownCertificates === undefined ? {} : { shownCertificates }) }
    const known = previous.find(({ host, namespace }) => host === service.host && namespace === service.namespace)
    return known !== undefined && canonicalJson(known) === canonicalJson(wanted) ? known : wanted
  })
}

/** Hosts of Services that policies are about. */
export function securedHosts(resources: ApiResources): ReadonlySet<string> {
  const { services } = resources
  return new Set([...targetsOf(resources).keys()].flatMap(key => services.get(key)?.host ?? []))
}

/** Where no authority is known nobody is trusted: plain text, or anybody's certificate, is not what was asked for. */
function tlsOf(policy: BackendTLSPolicy, resources: ApiResources): OwnTls {
  const { hostname, subjectAltNames = [] } = policy.spec.validation
  const { texts, isSystem } = authoritiesOf(policy, resources)
  const names = subjectAltNames.flatMap(({ hostname: host, uri }) => host ?? uri ?? [])
  return {
    mode: 'SIMPLE',
    sni: hostname,
    subjectAltNames: texts.length === 0 && !isSystem ? [nobody] : names,
    isUnverified: false,
    ...(texts.length === 0 ? {} : { caText: texts.join('\n') }),
    at: at(policy as unknown as Resource, '/spec/validation'),
  }
}

/** A route with what its parents make of it. */
interface AttachedRoute {
  readonly route: ApiRoute
  readonly attachments: readonly Attachment[]
}

/**
 * One for each Gateway, or Service as parent, whose routes lead to what a policy is about, by what these lead to; and one for itself of the
 * targets that are told nowhere else.
 */
export function backendTlsStandings(resources: ApiResources, routes: readonly AttachedRoute[]): Standing[] {
  const leading = resources.backendTls.length === 0 ? new Map() : leadingFrom(routes)
  return resources.backendTls.flatMap((policy): Standing[] => {
    const { name, namespace = '' } = policy.metadata
    const standing = (targets: readonly number[]): Standing => ({
      kind: 'BackendTLSPolicy',
      name,
      namespace,
      at: at(policy as unknown as Resource),
      isOurs: true,
      conditions: [...acceptanceOf(policy, targets, resources), referencesOf(policy, resources)],
    })
    const ancestors = ancestorsOf(policy, leading)
    const led = ancestors.map(({ parent, targets }) => ({ ...standing(targets), parent }))
    const others = [...policy.spec.targetRefs.keys()].filter(index =>
      ancestors.every(each => !each.targets.includes(index)),
    )
    const isTold = led.length > 0 && others.every(index => targetProblem(policy, index, resources) === undefined)
    return isTold ? led : [...led, standing(others)]
  })
}

/** In front of whom a policy holds, and to which of its targets routes lead from there. */
interface Ancestor {
  readonly parent: string
  readonly targets: readonly number[]
}

function ancestorsOf({ metadata, spec }: BackendTLSPolicy, leading: Leading): Ancestor[] {
  return [...leading].flatMap(([parent, backends]) => {
    const targets = [...spec.targetRefs.keys()].filter(index =>
      backends.has(`${metadata.namespace}/${spec.targetRefs[index]!.name}`),
    )
    return targets.length === 0 ? [] : [{ parent, targets }]
  })
}

/** By Gateway, or Service as parent, all that their routes name, as `namespace/name`. */
type Leading = ReadonlyMap<string, ReadonlySet<string>>

function leadingFrom(routes: readonly AttachedRoute[]): Leading {
  const leading = new Map<string, Set<string>>()
  for (const { route, attachments } of routes) {
    const backends = namedBackends(route).map(({ ref }) => `${ref.namespace ?? route.metadata.namespace}/${ref.name}`)
    for (const { isOurs, accepted, parent } of attachments) {
      if (!isOurs || accepted.status !== 'True') continue
      const known = leading.get(parent) ?? new Set()
      for (const backend of backends) known.add(backend)
      leading.set(parent, known)
    }
  }
  return new Map([...leading].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function referencesOf(policy: BackendTLSPolicy, resources: ApiResources): Condition {
  const place = at(policy as unknown as Resource, '/spec/validation/caCertificateRefs')
  const { problems } = authoritiesOf(policy, resources)
  const index = problems.findIndex(problem => problem !== undefined)
  if (index < 0) return { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', at: place }
  return { type: 'ResolvedRefs', status: 'False', ...problems[index]!, at: `${place}/${index}` }
}
