/**
 * Where our types differ from Istio's definitions on purpose: docs/reference/api-differences.md, and what
 * test/kinds/crds.test.ts lets pass. A difference without a row here fails that test.
 */

/** One attribute of one node, or of several that differ alike. */
export interface ApiDifference {
  /** Kinds, or none for any. */
  readonly kinds: readonly string[]
  /** `spec.rules[].to[]`; absent: wherever it occurs. */
  readonly path?: string
  /** A keyword of the schema; `needed`: must the field be there? */
  readonly attribute: string
  /** As JSON; absent: not there. */
  readonly theirs?: unknown
  readonly ours?: unknown
  readonly what: string
  readonly reason: string
}

export const apiDifferences: readonly ApiDifference[] = [
  {
    kinds: [],
    attribute: 'nullable',
    theirs: true,
    what: 'A field may not be `null`.',
    reason:
      'In YAML, `field:` with nothing behind it is more often a slip than a wish. Whoever wants the default leaves the field out.',
  },
  {
    kinds: [],
    attribute: 'pattern',
    ours: '^([0-9]+(\\.[0-9]+)?(h|m|s|ms))+$',
    what: 'A duration has its form in the schema: `500ms`, `2s`, `1.5m`, `1h30m`.',
    reason:
      'Istio parses durations in a rule, which editors do not run. Micro- and nanoseconds are not taken: it demands whole milliseconds.',
  },
  {
    kinds: ['AuthorizationPolicy'],
    path: 'spec.rules[].from[]',
    attribute: 'required',
    ours: ['source'],
    what: '`source` must be there.',
    reason: 'Istio’s validation refuses an entry without one; the schema says it first.',
  },
  {
    kinds: ['AuthorizationPolicy'],
    path: 'spec.rules[].to[]',
    attribute: 'required',
    ours: ['operation'],
    what: '`operation` must be there.',
    reason: 'Istio’s validation refuses an entry without one; the schema says it first.',
  },
  {
    kinds: ['AuthorizationPolicy'],
    path: 'spec',
    attribute: 'oneOf',
    theirs: [{ not: { anyOf: [{ required: ['provider'] }] } }, { required: ['provider'] }],
    what: '`provider` excludes nothing.',
    reason: 'It is a choice of one: all specs fit it.',
  },
  {
    kinds: ['DestinationRule', 'Gateway', 'Sidecar', 'VirtualService'],
    path: 'spec',
    attribute: 'needed',
    theirs: false,
    ours: true,
    what: '`spec` must be there.',
    reason: 'Istio’s validation refuses the resource without it: it would say nothing.',
  },
]

/** Where what our rules say is not what Istio's validation says of the same; nothing holds these against it. */
interface RuleDifference {
  readonly kinds: string
  readonly istio: string
  readonly ours: string
}

const ruleDifferences: readonly RuleDifference[] = [
  {
    kinds: 'EnvoyFilter',
    istio: 'Warns of every one.',
    ours: 'Each value is held against Envoy’s own definitions, and a change that finds nothing in any proxy is told (MW5009): a warning that stands everywhere says nothing.',
  },
  {
    kinds: 'EnvoyFilter',
    istio:
      'Warns of a `proxyVersion` of more than 1024 characters, and of filters without `typed_config` in a `MERGE`, too.',
    ours: 'The first is an error, as for all regular expressions. Of the second nothing is said: a merge may leave settings as they are.',
  },
  {
    kinds: 'AuthorizationPolicy',
    istio: 'Warns of every `DENY` rule that asks for HTTP and names no ports.',
    ours: '`http-rule-on-tcp` warns where a workload has a port that carries no HTTP: elsewhere nothing else is denied.',
  },
  {
    kinds: 'ServiceEntry',
    istio: 'Warns of ports of TCP without addresses where none are allocated.',
    ours: '`host-without-address` does, by what proxies are told here: where they answer for names there are automatic addresses, and with `resolution: NONE` nothing goes astray.',
  },
  {
    kinds: 'ServiceEntry',
    istio: 'Warns of several hosts with addresses on a port of TCP.',
    ours: 'An error: nothing tells the hosts apart.',
  },
  {
    kinds: 'VirtualService',
    istio: 'Takes statuses up to 600.',
    ours: 'Up to 599: Envoy refuses the other.',
  },
  {
    kinds: 'VirtualService',
    istio:
      'Says nothing of `sourceLabels` and `sourceNamespace` beside a match’s `gateways`, and does not look at them.',
    ours: 'A warning. That the gateways are not among those of the route is none: they go before these, in Istio, too.',
  },
  {
    kinds: 'VirtualService',
    istio: 'Lets a rule with `delegate` have a `directResponse`.',
    ours: 'An error: the delegate’s rules answer.',
  },
  {
    kinds: 'Gateway',
    istio:
      'Gives a Gateway without `selector` to all gateways. Its analysis of a cluster knows all pods that a selector could pick.',
    ours: 'Without a selector no pod serves it. Files rarely hold gateways’ pods: `unserved-gateway` tells of slips, and of labels that none of the pods has that are there.',
  },
  {
    kinds: 'Gateway',
    istio: 'Lets `caCrl` stand beside `SIMPLE` once `credentialName` is set.',
    ours: 'An error: clients are not asked for certificates.',
  },
  {
    kinds: 'ServiceEntry, WorkloadEntry, WorkloadGroup',
    istio: 'Takes weights of endpoints up to 4294967295.',
    ours: 'Up to 1048575: Envoy adds the weights of a place up in 32 bits and refuses a larger sum, and a ServiceEntry may have 4096 endpoints.',
  },
  {
    kinds: 'WorkloadGroup',
    istio: 'Refuses a `grpc` probe, which its agents run.',
    ours: 'It is let in.',
  },
  {
    kinds: 'all',
    istio: 'Refuses the annotation `internal.istio.io/always-reject`.',
    ours: 'It is let in: it is there for tests of Istio’s webhook.',
  },
]

/** The same for the Gateway API's. */
export const gatewayApiDifferences: readonly ApiDifference[] = [
  {
    kinds: ['BackendTLSPolicy'],
    path: 'spec.validation.wellKnownCACertificates',
    attribute: 'pattern',
    theirs:
      '^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$',
    ours: '^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$',
    what: 'The slash of the pattern has a backslash before it.',
    reason: 'It means the same; the pattern stands in a comment, which would end there.',
  },
]

/** By path from the repository's root. */
export function generateApiDifferences(): { [path: string]: string } {
  const row = ({ kinds, path, what, reason }: ApiDifference) =>
    `| ${kinds.length === 0 ? 'all' : kinds.join(', ')} | ${path === undefined ? 'anywhere' : `\`${path}\``} | ${what} | ${reason} |`
  const text = [
    '<!-- Made by `npm run generate` from src/generate/api-differences.ts. -->',
    '# Where our schemas differ from Istio’s',
    '',
    'Meshwright’s types and schemas of Istio’s kinds are held against the definitions of Istio 1.31.1 field by field: names,',
    'types, words, what must be there, bounds, patterns, which fields exclude each other. What differs differs on purpose, and',
    'stands here.',
    '',
    '| kinds | where | what is ours | why |',
    '| --- | --- | --- | --- |',
    ...apiDifferences.map(row),
    '',
    'Our schemas of the Gateway API’s kinds are held against version 1.7.0, experimental channel, in the same way.',
    '',
    '| kinds | where | what is ours | why |',
    '| --- | --- | --- | --- |',
    ...gatewayApiDifferences.map(row),
    '',
    'Besides, for all kinds:',
    '',
    '- A field that the kind does not have is an error with the nearest name. The API server drops it without a word.',
    '- Of fields that exclude each other, JSON Schemas (`mesh schema`) say nothing: `mesh check` names both in one finding. The',
    '  definitions (`mesh crds`) hold the rule for the API server.',
    '- `status` is let in and not looked at: controllers write it.',
    '',
    '## Where our rules differ from Istio’s validation',
    '',
    'What Istio’s validation refuses is an error here, and what it warns of a warning, by `mesh check` or one of its policies. But:',
    '',
    '| kinds | Istio | Meshwright |',
    '| --- | --- | --- |',
    ...ruleDifferences.map(({ kinds, istio, ours }) => `| ${kinds} | ${istio} | ${ours} |`),
    '',
  ]
  return { 'docs/reference/api-differences.md': text.join('\n') }
}
