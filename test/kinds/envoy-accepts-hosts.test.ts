/**
 * What the checks let pass, Envoy takes: many declared hosts and machines in one mesh, with ports, names and addresses that meet.
 * SEED=… repeats another run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import { verifyBootstraps } from '../../src/cli/build/verify.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import type { Placement, ProxyPlacement } from '../../src/model/placement.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allocate, emitBootstraps } from '../../src/phases/4-emit/envoy/index.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { webDeployment, webLabels } from '../support/web-deployment.ts'
import { culprit, isAccepted, placed } from './accepted.ts'
import { serviceEntrySpec, workloadEntrySpec } from './arbitrary-hosts.ts'

const networking = 'networking.istio.io/v1'

const web: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    selector: webLabels,
    ports: [
      { name: 'http', port: 80 },
      { name: 'tls-a', port: 443 },
    ],
  },
}

/** With versions, so that clusters of labels are made too. */
function rulesFor({ kind, metadata, spec }: Resource): Resource[] {
  if (kind !== 'ServiceEntry') return []
  const [host] = (spec as { hosts: string[] }).hosts
  const subsets = [{ name: 'v1', labels: { version: 'v1' } }]
  return [{ apiVersion: networking, kind: 'DestinationRule', metadata, spec: { host: host!.toLowerCase(), subsets } }]
}

async function refusals(specs: readonly Resource[]): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'mesh-accepts-'))
  try {
    const { mesh } = resolve([webDeployment, web, ...specs, ...specs.flatMap(rulesFor)].map(placed)).value
    const beside = allocate(mesh)
    const redirected = ([name, proxy]: readonly [string, ProxyPlacement]) =>
      [name, { ...proxy, outbound: [], interception: 'redirect' as const }] as const
    const addresses = { 'web.default.svc.cluster.local': ['10.0.0.2'] }
    const placements: { [name: string]: Placement } = {
      beside,
      redirected: { addresses, proxies: Object.fromEntries(Object.entries(beside.proxies).map(redirected)) },
    }
    const files = Object.entries(placements).map(([name, placement]) => {
      writeFileSync(join(root, `${name}.json`), JSON.stringify(emitBootstraps(mesh, placement).get('web.default')))
      return `${name}.json`
    })
    const found = await verifyBootstraps({ envoy: findTestEnvoy()!, out: root, files, root })
    return found.map(({ message }) => message)
  } finally {
    rmSync(root, { recursive: true })
  }
}

it('Envoy takes all hosts and machines that the checks let pass, together', { skip: withoutEnvoy }, async t => {
  const seed = Number(process.env['SEED'] ?? 7)
  const resource = (kind: string, name: string, spec: object): Resource => ({
    apiVersion: networking,
    kind,
    metadata: { name, namespace: 'default' },
    spec,
  })
  const entries = Array.from({ length: 600 }, (_, index) => {
    const [spec] = fc.sample(serviceEntrySpec(`s${index}`), { numRuns: 1, seed: seed + index })
    return resource('ServiceEntry', `s${index}`, spec!)
  })
  const machines = fc
    .sample(workloadEntrySpec, { numRuns: 60, seed })
    .map((spec, index) => resource('WorkloadEntry', `m${index}`, spec))
  const accepted = [...entries, ...machines].filter(isAccepted)
  t.diagnostic(`${accepted.length} of ${entries.length + machines.length} pass the checks (seed ${seed})`)
  assert.ok(accepted.length > 50)
  // Those that only meet are found by no halving.
  const found = await refusals(accepted)
  assert.deepEqual(found.length === 0 ? [] : ((await culprit(accepted, refusals)) ?? found), [])
})
