/**
 * What the checks let pass, Envoy takes: many HTTPRoutes at the same listeners and Services. What they don't let pass is said,
 * and nothing is thrown. SEED=… repeats another run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import { verifyBootstraps } from '../../src/cli/build/verify.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allocate, emitBootstraps } from '../../src/phases/4-emit/envoy/index.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { webDeployment, webLabels } from '../support/web-deployment.ts'
import { culprit, isAccepted, placed } from './accepted.ts'
import { httpRouteSpec } from './arbitrary-routes.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'
const services = ['web', 'next'].map(
  (name): Resource => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: webLabels, ports: [{ name: 'http', port: 80 }] },
  }),
)
const front: Resource = {
  apiVersion,
  kind: 'Gateway',
  metadata: { name: 'front', namespace: 'default' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [
      { name: 'http', port: 8080, protocol: 'HTTP', hostname: '*.example' },
      { name: 'wide', port: 8081, protocol: 'HTTP' },
    ],
  },
}

async function refusals(routes: readonly Resource[]): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'mesh-accepts-'))
  try {
    const { mesh } = resolve([webDeployment, ...services, front, ...routes].map(placed)).value
    const files = [...emitBootstraps(mesh, allocate(mesh))].map(([name, bootstrap]) => {
      writeFileSync(join(root, `${name}.json`), JSON.stringify(bootstrap))
      return `${name}.json`
    })
    const found = await verifyBootstraps({ envoy: findTestEnvoy()!, out: root, files, root })
    return found.map(({ message }) => message)
  } finally {
    rmSync(root, { recursive: true })
  }
}

it('Envoy takes all HTTPRoutes that the checks let pass, together', { skip: withoutEnvoy }, async t => {
  const seed = Number(process.env['SEED'] ?? 7)
  const routes = fc.sample(httpRouteSpec, { numRuns: 1000, seed }).map(
    (spec, index): Resource => ({
      apiVersion,
      kind: 'HTTPRoute',
      metadata: { name: `r${index}`, namespace: 'default' },
      spec,
    }),
  )
  const accepted = routes.filter(isAccepted)
  t.diagnostic(`${accepted.length} of ${routes.length} pass the checks`)
  assert.ok(accepted.length > 200 && accepted.length < 900)
  assert.equal(await culprit(accepted, refusals), undefined)
})
