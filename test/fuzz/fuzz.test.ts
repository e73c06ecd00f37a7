/**
 * No input makes it throw: resources of every kind, made from its schema, end in findings or in what Envoy takes. `npm run fuzz`
 * makes 2000 of each; RUNS and SEED say how many, and which.
 */
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { policies } from '../../policies/index.generated.ts'
import { SnapshotCache } from '../../src/agent/snapshots.ts'
import { verifyBootstraps } from '../../src/cli/build/verify.ts'
import { compileCluster } from '../../src/cluster/cluster-revision.ts'
import { statusesToWrite } from '../../src/cluster/gateway-api-status.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { kinds } from '../../src/kinds/index.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { checkRules } from '../../src/phases/3-check/rules.ts'
import { runPolicies } from '../../src/phases/3-check/run-policies.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'
import { unmetConditions } from '../../src/phases/3-check/standings.ts'
import { allocate, patchFindings } from '../../src/phases/4-emit/envoy/index.ts'
import { emitFiles } from '../../src/phases/4-emit/targets.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { isObject } from '../../src/util/is-object.ts'
import { culprit, isAccepted, placed } from '../kinds/accepted.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { arbitraryFor, type Schema } from './arbitrary.ts'
import { likelyShapes } from './likely-shapes.ts'

const runs = Number(process.env['RUNS'] ?? 100)
const seed = Number(process.env['SEED'] ?? 7)
/** How many stand in one mesh. */
const batch = 100
const schemas = join(import.meta.dirname, '../../schemas')

/** What those that are made refer to. */
const ground: readonly Resource[] = [
  ...['s0', 's1'].map((name): Resource => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'tcp', port: 443 },
      { name: 'udp', port: 80, protocol: 'UDP' },
    ]
    return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: 'a' }, ports } }
  }),
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template: {
        metadata: { labels: { app: 'a', version: 'v1' } },
        spec: { containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 80 }] }] },
      },
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: {
      selector: { istio: 'edge' },
      servers: [{ port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'front' },
    spec: {
      gatewayClassName: 'meshwright',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        { name: 'udp', port: 80, protocol: 'UDP' },
      ],
    },
  },
]

/** Schemas by kind, of all that have one. */
const known = globSync('*/*.json', { cwd: schemas })
  .map(path => JSON.parse(readFileSync(join(schemas, path), 'utf8')) as Schema)
  .flatMap(schema => {
    const { kind, apiVersion } = (schema.properties ?? {}) as { kind?: Schema; apiVersion?: Schema }
    const definition = kinds.find(
      each => each.kind === kind?.const && (apiVersion?.enum ?? [apiVersion?.const]).includes(each.apiVersions[0]),
    )
    return definition === undefined ? [] : [{ schema, definition }]
  })

function resourcesOf({ schema, definition }: (typeof known)[number]): Resource[] {
  const { properties: { metadata: _, kind: __, apiVersion: ___, status: ____, ...properties } = {} } = schema
  // What matters stands there, whether it must or not.
  const required = [
    ...(schema.required ?? []).filter(name => name in properties && name !== 'spec'),
    ...('spec' in properties ? ['spec'] : []),
  ]
  const body = arbitraryFor({ ...schema, properties, required })
  return fc.sample(body, { numRuns: runs, seed }).map((value, index): Resource => {
    const namespace = definition.namespaced ? { namespace: index % 7 === 0 ? 'far' : 'default' } : {}
    const metadata = { name: `r${index}`, ...namespace }
    const { spec } = value as { readonly spec?: unknown }
    // Every other one as it comes.
    const shape = definition.target === 'istio' && index % 2 === 0 ? likelyShapes[definition.kind] : undefined
    const shaped = shape === undefined || !isObject(spec) ? {} : { spec: shape(spec, index) }
    return { ...(value as object), ...shaped, apiVersion: definition.apiVersions[0], kind: definition.kind, metadata }
  })
}

/** All that a build does of it. */
function built(resources: readonly Resource[]) {
  const shaped = checkShapes([...ground, ...resources].map(placed))
  const resolved = resolve(shaped.resources).value
  const findings = [...checkRules(resolved), ...unmetConditions(resolved), ...patchFindings(resolved)]
  assert.deepEqual(runPolicies(policies, resolved.mesh, {}).failures, [])
  const placement = allocate(resolved.mesh)
  return { resolved, findings, placement, files: emitFiles({ resolved, placement }, ['envoy', 'istio', 'kubernetes']) }
}

const cache = new SnapshotCache(loadCodec())

/** What running proxies are told: numbers that Envoy's messages have no room for end here. */
function encoded({ resolved: { mesh, digest }, placement }: ReturnType<typeof built>): void {
  for (const proxy of Object.values(placement.proxies)) cache.snapshot({ digest, push: 0, mesh, placement }, proxy)
}

/** What an agent makes of objects that a cluster holds, past all webhooks, and writes into their statuses. */
function statusesOf(resources: readonly Resource[]): void {
  const objects = [...ground, ...resources].map(({ metadata, ...object }): ApiObject => {
    return { ...object, metadata: { namespace: 'default', generation: 1, resourceVersion: '1', ...metadata } }
  })
  const services = objects.filter(({ kind }) => kind === 'Service')
  const configs = objects.filter(({ kind }) => kind !== 'Service')
  const wide = { domain: 'cluster.local', systemNamespace: 'mesh-system', workloads: [], namespaces: [] }
  const { value, diagnostics } = compileCluster({ services, configs, ...wide })
  const { standings = [] } = value.mesh
  const addresses = [{ type: 'IPAddress', value: '192.0.2.1' } as const]
  const facts = {
    objects: configs,
    standings,
    findings: diagnostics,
    addresses,
    ports: new Map(),
    definitions: configs,
  }
  for (const { status } of statusesToWrite({ ...facts, now: new Date(0) })) JSON.stringify(status)
}

async function refusals(resources: readonly Resource[]): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'mesh-fuzz-'))
  try {
    const written = [...built(resources).files].filter(([path]) => path.startsWith('envoy/'))
    const names = written.map(([path, text], index) => {
      writeFileSync(join(root, `${index}.json`), text)
      return [`${index}.json`, path] as const
    })
    const found = await verifyBootstraps({
      envoy: findTestEnvoy()!,
      out: root,
      files: names.map(([name]) => name),
      root,
    })
    return found.map(({ message }) => message)
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** ConfigMaps that hold what is said of a whole mesh; of every third something else is wrong, too. */
function settings(): Resource[] {
  const schema = JSON.parse(readFileSync(join(schemas, 'core/mesh-config.json'), 'utf8')) as Schema
  return fc.sample(arbitraryFor(schema), { numRuns: runs, seed }).map((value, index): Resource => {
    const metadata = { name: 'istio', namespace: 'istio-system', ...(index % 3 === 0 ? { namespac: 'x' } : {}) }
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mesh: JSON.stringify(value) } }
  })
}

function isGatewayApi({ apiVersions }: (typeof known)[number]['definition']): boolean {
  return apiVersions[0].startsWith('gateway.networking.k8s.io/')
}

describe('resources of any kind, made from its schema', () => {
  it('MeshConfig', async t => {
    const resources = settings()
    for (const resource of resources) built([resource])
    const accepted = resources.filter(isAccepted)
    t.diagnostic(`${accepted.length} of ${runs} pass the checks (seed ${seed})`)
    // One holds for a mesh: each is a mesh of its own, and one in ten is shown to Envoy.
    for (const resource of accepted) encoded(built([resource]))
    for (const resource of accepted.filter((_, index) => index % 10 === 0))
      if (findTestEnvoy() !== undefined) assert.equal(await culprit([resource], refusals), undefined)
  })
  for (const entry of known)
    it(entry.definition.kind, async t => {
      const resources = resourcesOf(entry)
      for (const resource of resources) built([resource])
      if (isGatewayApi(entry.definition)) for (const resource of resources) statusesOf([resource])
      const accepted = resources.filter(isAccepted)
      t.diagnostic(`${accepted.length} of ${runs} pass the checks (seed ${seed})`)
      for (let start = 0; start < accepted.length; start += batch) {
        const some = accepted.slice(start, start + batch)
        encoded(built(some))
        if (findTestEnvoy() !== undefined) assert.equal(await culprit(some, refusals), undefined)
      }
    })
})
