import type { AccessOptions, Caller, Expected } from './access-options.ts'
import { declare } from './declaration.ts'
import { defaultNamespace } from './default-namespace.ts'
import {
  type Carries,
  declaredValue,
  type GatewayState,
  internals,
  metadata,
  type ServiceState,
  stateOf,
  type VersionState,
} from './internals.ts'
import { numbered } from './numbered-name.ts'
import type { AnyService, Version } from './service.ts'
import { site, traced } from './trace.ts'

/** A declared rule for who may do what. */
export interface Access extends Carries<{ readonly declaration: number }> {
  readonly [accessTag]: true
}
declare const accessTag: unique symbol

/**
 * Lets callers do something with a service, or with one of its versions. As soon as there is one such rule for a workload,
 * what none of them allows is refused, with 403. Stands for an Istio AuthorizationPolicy.
 *
 * @example
 * export const readers = allow(details, { from: [productpage], methods: ['GET'] })
 * export const nobody = allow(ledger, { from: [] })
 */
export function allow<Ports extends string>(
  target: AnyService<Ports> | Version<string, Ports>,
  options: AccessOptions<NoInfer<Ports>> = {},
): Access {
  return access({ word: 'allow', at: site(), target, options })
}

/**
 * Refuses callers something with a service, or with one of its versions, whatever else is allowed. Stands for an Istio
 * AuthorizationPolicy.
 *
 * @example
 * export const noAdmin = deny(details, { paths: ['/admin/*'] })
 */
export function deny<Ports extends string>(
  target: AnyService<Ports> | Version<string, Ports>,
  options: AccessOptions<NoInfer<Ports>> = {},
): Access {
  return access({ word: 'deny', at: site(), target, options })
}

interface AccessCall {
  readonly word: 'allow' | 'deny'
  readonly at: number
  readonly target: AnyService | Version
  readonly options: AccessOptions
}

function access({ word, at, target, options }: AccessCall): Access {
  const state = stateOf<ServiceState | VersionState>(target as Carries<ServiceState | VersionState>)
  const service = state.kind === 'service' ? state : state.service
  const version = state.kind === 'version' ? { version: state.version } : {}
  const name = options.name ?? numbered([word, service.name, ...Object.values(version)].join('-'), service.namespace)
  const rule = ruleOf(service, options, at)
  const { trial } = options
  const resource = {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: {
      ...metadata(traced(name, at, ...(options.name === undefined ? [] : [1, 'name'])), service.namespace),
      annotations: trial === undefined ? undefined : { 'istio.io/dry-run': traced(String(trial), at, 1, 'trial') },
    },
    spec: {
      selector: traced({ matchLabels: { app: service.name, ...version } }, at, 0),
      action: word === 'deny' ? 'DENY' : undefined,
      rules: rule === undefined ? undefined : [traced(rule, at)],
    },
  }
  const uses = [service, ...callersOf(options)].map(({ declaration }) => declaration)
  // Where nobody is refused there is nothing to say; where nobody is allowed, that has to be said.
  const resources = rule === undefined && word === 'deny' ? [] : [traced(resource, at)]
  const declaration = declare({ word, name, site: at, uses, build: () => resources })
  return declaredValue({ declaration }) as Access
}

/** Services and gateways among those who ask. */
function callersOf({ from = [] }: AccessOptions): (ServiceState | GatewayState)[] {
  return from.flatMap(caller => known(caller) ?? [])
}

function known(caller: Caller): ServiceState | GatewayState | undefined {
  return internals in caller ? stateOf(caller as Carries<ServiceState | GatewayState>) : undefined
}

/** The rule as AuthorizationPolicy has it; undefined where a list is empty, so that nothing fits. */
function ruleOf(service: ServiceState, options: AccessOptions, at: number): object | undefined {
  const { from, methods, paths, hosts, ports } = options
  const expected = [...Object.values(options.headers ?? {}), ...Object.values(options.claims ?? {})]
  if ([from, methods, paths, hosts, ports, ...expected].some(list => list?.length === 0)) return undefined
  const listed = (field: 'methods' | 'paths' | 'hosts') =>
    options[field]?.map((value, index) => traced(value, at, 1, field, index))
  const operation = {
    methods: listed('methods'),
    paths: listed('paths'),
    hosts: listed('hosts'),
    ports: ports?.map((port, index) => traced(portNumber(service, port), at, 1, 'ports', index)),
  }
  const when = [
    ...conditions(options.headers, name => `request.headers[${name}]`, { at, option: 'headers' }),
    ...conditions(options.claims, name => `request.auth.claims[${name}]`, { at, option: 'claims' }),
  ]
  return {
    from: from === undefined ? undefined : sourcesOf(from, at),
    to: Object.values(operation).every(list => list === undefined) ? undefined : [{ operation }],
    when: when.length === 0 ? undefined : when,
  }
}

/** A name that TypeScript would have refused is left as it is, for the check of ports to report. */
function portNumber(service: ServiceState, name: string): string {
  return String(service.ports.find(port => port.name === name)?.number ?? name)
}

type SourceField = 'principals' | 'namespaces' | 'requestPrincipals' | 'ipBlocks'

/** One source for each field: their values are alternatives, as callers are. */
function sourcesOf(from: readonly Caller[], at: number): object[] {
  const fields = new Map<SourceField, string[]>()
  for (const [index, caller] of from.entries()) {
    const [field, value] = sourceOf(caller)
    fields.set(field, [...(fields.get(field) ?? []), traced(value, at, 1, 'from', index)])
  }
  return [...fields].map(([field, values]) => ({ source: { [field]: values } }))
}

function sourceOf(caller: Caller): readonly [SourceField, string] {
  const state = known(caller)
  if (state !== undefined) {
    const account = state.kind === 'service' ? state.name : state.account
    return ['principals', `cluster.local/ns/${state.namespace ?? defaultNamespace()}/sa/${account}`]
  }
  const { namespace, principal, token, address } = caller as Exclude<Caller, Carries<unknown>>
  if (namespace !== undefined) return ['namespaces', namespace]
  if (principal !== undefined) return ['principals', principal]
  return token === undefined ? ['ipBlocks', String(address)] : ['requestPrincipals', token]
}

function conditions(
  expected: Expected | undefined,
  keyOf: (name: string) => string,
  { at, option }: { readonly at: number; readonly option: string },
): object[] {
  return Object.entries(expected ?? {}).map(([name, values]) =>
    traced({ key: keyOf(name), values: typeof values === 'string' ? [values] : values }, at, 1, option, name),
  )
}
