/**
 * What the checks let pass, Envoy takes: resources made of values from the edges of what is allowed are checked,
 * and those without an error go into one mesh, whose bootstrap Envoy judges. SEED=… repeats another run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import { verifyBootstraps } from '../../src/cli/build/verify.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { type Resolved, resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allocate } from '../../src/phases/4-emit/envoy/index.ts'
import { emitFiles } from '../../src/phases/4-emit/targets.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { culprit, isAccepted, placed } from './accepted.ts'
import { destinationRuleSpec, virtualServiceSpec } from './arbitrary-specs.ts'

const networking = 'networking.istio.io/v1'

/** A caller of the services that the resources are for, each called as its resource. */
function meshOf(specs: readonly Resource[]): Resolved {
  const services: Resource[] = specs.map(({ metadata: { name } }) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
  }))
  const caller: Resource = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'caller' },
    spec: {
      selector: { matchLabels: { app: 'caller' } },
      template: { metadata: { labels: { app: 'caller' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
    },
  }
  return resolve([...services, caller, ...specs].map(placed)).value
}

async function refusals(specs: readonly Resource[]): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'mesh-accepts-'))
  try {
    const resolved = meshOf(specs)
    const files = emitFiles({ resolved, placement: allocate(resolved.mesh) }, ['envoy'])
    writeFileSync(join(root, 'caller.json'), files.get('envoy/caller.default.json')!)
    const found = await verifyBootstraps({ envoy: findTestEnvoy()!, out: root, files: ['caller.json'], root })
    return found.map(({ message }) => message)
  } finally {
    rmSync(root, { recursive: true })
  }
}

for (const [kind, specOf, count] of [
  ['VirtualService', virtualServiceSpec, 4000],
  ['DestinationRule', destinationRuleSpec, 3000],
] as const) {
  it(`Envoy takes every ${kind} that the checks let pass`, { skip: withoutEnvoy }, async t => {
    const seed = Number(process.env['SEED'] ?? 7)
    const made = fc.sample(specOf, { numRuns: count, seed })
    const resources = made.map((specFor, index): Resource => {
      const host = `s${index}`
      return { apiVersion: networking, kind, metadata: { name: host }, spec: specFor(host) }
    })
    const accepted = resources.filter(isAccepted)
    t.diagnostic(`${accepted.length} of ${count} pass the checks and are judged (seed ${seed})`)
    assert.ok(accepted.length > 50)
    assert.equal(await culprit(accepted, refusals), undefined)
  })
}
