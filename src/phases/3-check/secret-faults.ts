/**
 * What becomes of Gateways and their listeners by the Secrets that they name: a mesh says which these are, and what they hold is known to
 * whoever has them, the files of a mesh or the control plane of a cluster.
 */
import { type Condition, holds, type Standing, type StandingSecret, withWholes } from '../../model/standing.ts'
import { unprogrammed } from '../2-resolve/gateway-api/listeners.ts'
import type { ResolvedResource } from '../2-resolve/resolve.ts'
import { authoritiesOf, pairOf, type SecretObject } from './secret-content.ts'

/** What is known to be wrong with a Secret. */
export interface SecretFault {
  /** After its name: `is not there`. */
  readonly problem: string
  /** Is what it held before still served? */
  readonly isServed: boolean
}

/** Undefined where nothing is wrong with it, or nothing known of it. */
export type FaultOf = (secret: StandingSecret) => SecretFault | undefined

const reasons: Readonly<Record<StandingSecret['use'], string>> = {
  server: 'InvalidCertificateRef',
  clients: 'InvalidCACertificateRef',
  backends: 'InvalidClientCertificateRef',
}

/** The same list where nothing is wrong. */
export function withSecretFaults(standings: readonly Standing[], faultOf: FaultOf): readonly Standing[] {
  const judged = standings.map(standing => {
    const faults = (standing.secrets ?? []).flatMap(secret => {
      const fault = faultOf(secret)
      return fault === undefined ? [] : [{ secret, fault }]
    })
    return faults.length === 0 ? standing : { ...standing, conditions: faulty(standing, faults) }
  })
  return withWholes(judged, standings, wholeOf)
}

interface Found {
  readonly secret: StandingSecret
  readonly fault: SecretFault
}

function faulty({ listener, conditions }: Standing, faults: readonly Found[]): readonly Condition[] {
  const [first] = faults as [Found]
  const { secret, fault } = first
  const message = `Secret "${secret.name}" in namespace "${secret.namespace}" ${fault.problem}`
  const unserved = listener === undefined ? [] : faults.filter(each => !each.fault.isServed)
  const isUnjudged = unserved.some(each => each.secret.use === 'clients')
  const { at } = secret
  const now: Readonly<{ [type: string]: Omit<Condition, 'type'> | undefined }> = {
    ResolvedRefs: { status: 'False', reason: reasons[secret.use], message, at },
    Programmed: unserved.length === 0 ? undefined : { status: 'False', reason: 'Invalid', at },
    Accepted: isUnjudged ? { status: 'False', reason: 'NoValidCACertificate', at } : undefined,
  }
  // What is wrong already, is wrong for a reason that goes before.
  return conditions.map(each => {
    const said = each.status === 'True' ? now[each.type] : undefined
    return said === undefined ? each : { ...said, type: each.type }
  })
}

/** Of a Gateway or ListenerSet, by what has become of its listeners. */
function wholeOf(
  { kind, conditions }: Standing,
  listeners: readonly Standing[],
  added: readonly Standing[],
): readonly Condition[] {
  const isProgrammed = (each: Standing) => holds(each, 'Programmed')
  const status = [...listeners, ...added].some(isProgrammed) ? 'True' : 'False'
  const now: Readonly<{ [type: string]: Pick<Condition, 'status' | 'reason'> | undefined }> = {
    Accepted: { status, reason: listeners.every(isProgrammed) ? 'Accepted' : 'ListenersNotValid' },
    Programmed: { status, reason: status === 'True' ? 'Programmed' : unprogrammed(kind) },
    ResolvedRefs: listeners.every(each => holds(each, 'ResolvedRefs'))
      ? undefined
      : { status: 'False', reason: 'ListenersNotResolved' },
  }
  return conditions.map(each => {
    const said = each.status === 'True' ? now[each.type] : undefined
    return said === undefined ? each : { ...each, ...said }
  })
}

/**
 * By the Secrets of a mesh's own files. Where none of a namespace is among them, its Secrets are kept elsewhere, and nothing is known.
 *
 * @param namespaceOfRest of those that say none
 */
export function faultsInFiles(resources: readonly ResolvedResource[], namespaceOfRest: string): FaultOf {
  const secrets = new Map(
    resources.flatMap(({ resource }) => {
      const { apiVersion, kind, metadata } = resource
      const { namespace = namespaceOfRest, name } = metadata
      const isSecret = apiVersion === 'v1' && kind === 'Secret'
      return isSecret ? [[`${namespace}/${name}`, resource as SecretObject] as const] : []
    }),
  )
  const known = new Set([...secrets.keys()].map(key => key.slice(0, key.indexOf('/'))))
  return ({ namespace, name, use }) => {
    if (!known.has(namespace)) return undefined
    const content = use === 'clients' ? authoritiesIn(secrets, namespace, name) : pairIn(secrets, namespace, name)
    return 'problem' in content ? { problem: content.problem, isServed: false } : undefined
  }
}

type Secrets = ReadonlyMap<string, SecretObject>

const notDeclared = { problem: 'is not declared' }

function pairIn(secrets: Secrets, namespace: string, name: string) {
  const secret = secrets.get(`${namespace}/${name}`)
  return secret === undefined ? notDeclared : pairOf(secret)
}

function authoritiesIn(secrets: Secrets, namespace: string, name: string) {
  const [own, beside] = [secrets.get(`${namespace}/${name}`), secrets.get(`${namespace}/${name}-cacert`)]
  const content = authoritiesOf(beside) ?? authoritiesOf(own)
  return content ?? (own === undefined ? notDeclared : { problem: 'has neither ca.crt nor cacert' })
}
