/**
 * Each folder beside this file is a mesh, and what it compiles to: one feature a case, and only the outputs that it
 * concerns (case.json names them). `npm test -- --update` rewrites the outputs and deletes those that are no more.
 */
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { stringify } from 'yaml'
import { verifyBootstraps } from '../../src/cli/build/verify.ts'
import { compile } from '../../src/compile.ts'
import { renderers } from '../../src/diagnostics/renderers.ts'
import type { Placement, ProxyPlacement, ServiceAddresses } from '../../src/model/placement.ts'
import type { Resolved } from '../../src/phases/2-resolve/resolve.ts'
import { allocate, allResources, emitProxy, type XdsType } from '../../src/phases/4-emit/envoy/index.ts'
import { sortedKeys } from '../../src/phases/4-emit/resource-files.ts'
import { emitFiles, type TargetName } from '../../src/phases/4-emit/targets.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { makeCertificate } from './make-certificate.ts'

interface GoldenCase {
  /** A mesh that lies elsewhere, relative to the case. Absent: in the case's own folder. */
  readonly mesh?: string
  /** By proxy: the xDS types that the case is about. */
  readonly envoy?: { readonly [proxy: string]: readonly XdsType[] }
  readonly targets?: readonly Exclude<TargetName, 'envoy'>[]
  /** Services are called by these addresses and pods' traffic is redirected, as in a cluster. */
  readonly addresses?: ServiceAddresses
  /** Pods' proxies answer their questions for names, too. */
  readonly capturesDns?: boolean
  /** Gateways are given the Secrets that they name, as in a cluster. */
  readonly hasSecrets?: boolean
}

const folder = import.meta.dirname
const isUpdate = process.env['UPDATE'] === '1' && !process.env['CI']
const names = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)

/** By case: the revision, compiled once for all tests. */
const compiled = new Map<string, Promise<{ readonly resolved: Resolved; readonly findings: string }>>()

function compiledCase(name: string): Promise<{ readonly resolved: Resolved; readonly findings: string }> {
  const known = compiled.get(name) ?? compileCase(name)
  compiled.set(name, known)
  return known
}

async function compileCase(name: string): Promise<{ readonly resolved: Resolved; readonly findings: string }> {
  const { resolved, diagnostics, loaded } = await compile({ path: meshOf(name), ignore: ['out'] })
  const findings = renderers.text(diagnostics, { sources: loaded?.sources ?? new Map() })
  assert.ok(resolved, findings)
  return { resolved, findings }
}

function meshOf(name: string): string {
  return join(folder, name, readCase(name).mesh ?? '.')
}

function readCase(name: string): GoldenCase {
  return JSON.parse(readFileSync(join(folder, name, 'case.json'), 'utf8')) as GoldenCase
}

function placementOf({ mesh }: Resolved, { addresses, capturesDns = false, hasSecrets = false }: GoldenCase): Placement {
  const placement: Placement = { ...allocate(mesh), hasSecrets }
  if (addresses === undefined) return placement
  const way = { outbound: [], interception: 'redirect', ...(capturesDns ? { dns: { allocates: true } } : {}) } as const
  const redirected = ([name, proxy]: readonly [string, ProxyPlacement]) =>
    [name, proxy.kind === 'router' ? proxy : { ...proxy, ...way }] as const
  return { ...placement, proxies: Object.fromEntries(Object.entries(placement.proxies).map(redirected)), addresses }
}

/** By path: what the case's folder must hold. */
async function outputs(name: string): Promise<ReadonlyMap<string, string>> {
  const golden = readCase(name)
  const { resolved, findings } = await compiledCase(name)
  const placement = placementOf(resolved, golden)
  const files = new Map<string, string>()
  if (findings !== 'no findings\n') files.set('diagnostics.txt', findings)
  for (const [path, text] of emitFiles({ resolved, placement }, golden.targets ?? []))
    if (path !== 'digest.json') files.set(`out/${path}`, text)
  for (const [proxy, types] of Object.entries(golden.envoy ?? {})) {
    assert.ok(placement.proxies[proxy], `no proxy ${proxy}: ${Object.keys(placement.proxies).join(', ')}`)
    const resources = allResources(emitProxy(resolved.mesh, placement, placement.proxies[proxy]))
    for (const type of types) {
      const own = resources.filter(resource => resource.type === type).sort((a, b) => (a.name < b.name ? -1 : 1))
      const text = stringify(sortedKeys(own.map(({ value }) => value)), { lineWidth: 0, aliasDuplicateObjects: false })
      files.set(`out/envoy/${proxy}.${type}s.yaml`, text)
    }
  }
  return files
}

for (const name of names) {
  it(name, async () => {
    const files = await outputs(name)
    const there = globSync(['out/**/*.yaml', 'diagnostics.txt'], { cwd: join(folder, name) })
    if (isUpdate) {
      for (const path of there.filter(path => !files.has(path))) rmSync(join(folder, name, path))
      for (const [path, text] of files) {
        mkdirSync(dirname(join(folder, name, path)), { recursive: true })
        writeFileSync(join(folder, name, path), text)
      }
    }
    const remedy = 'look at the difference, then run: npm test -- --update test/golden/golden.test.ts'
    for (const [path, text] of files) {
      const file = join(folder, name, path)
      assert.equal(text, existsSync(file) ? readFileSync(file, 'utf8') : '', `${path}: ${remedy}`)
    }
    if (!isUpdate) assert.deepEqual(there.toSorted(), [...files.keys()].toSorted(), remedy)
  })
}

describe('Envoy takes what is compiled', { skip: withoutEnvoy }, () => {
  for (const name of names) {
    it(name, async t => {
      const root = mkdtempSync(join(tmpdir(), 'mesh-golden-'))
      try {
        const { resolved } = await compiledCase(name)
        const files = emitFiles({ resolved, placement: placementOf(resolved, readCase(name)) }, ['envoy'])
        const bootstraps = [...files].filter(([path]) => path.startsWith('envoy/'))
        const { mesh, hasSecrets } = readCase(name)
        const needsCertificate = mesh === undefined && bootstraps.some(([, text]) => text.includes('"tls/'))
        if (needsCertificate && !makeCertificate(join(root, 'tls'))) return t.skip('no openssl to make a certificate')
        mkdirSync(join(root, 'envoy'))
        // Nobody serves them in a static bootstrap, and Envoy falls over clusters that ask nobody.
        const secrets = JSON.stringify({ path: join(root, 'secrets.json') })
        writeFileSync(join(root, 'secrets.json'), '{"resources": []}')
        const given = (text: string) => text.replaceAll(/"ads":\s*\{\}/g, `"path_config_source": ${secrets}`)
        for (const [path, text] of bootstraps)
          writeFileSync(join(root, path), hasSecrets === true ? given(text) : text)
        const paths = bootstraps.map(([path]) => path)
        const own = mesh === undefined ? root : dirname(meshOf(name))
        const refusals = await verifyBootstraps({ envoy: findTestEnvoy()!, out: root, files: paths, root: own })
        assert.deepEqual(
          refusals.map(({ message }) => message),
          [],
        )
      } finally {
        rmSync(root, { recursive: true })
      }
    })
  }
})
