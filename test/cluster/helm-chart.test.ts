/**
 * The chart, rendered by the real Helm, is what `mesh install` installs, object for object.
 *
 * Helm is that of MESH_HELM, of PATH, or one that was built before; MESH_TEST_HELM=build builds it from its Go module, which
 * takes about two minutes on two cores.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { parseAllDocuments, stringify } from 'yaml'
import { profiles } from '../../src/cluster/install/values.ts'
import { type Resource, resourceKey } from '../../src/kinds/resource.ts'
import { meshIn } from '../cli/run-mesh.ts'

const run = promisify(execFile)
const version = 'v3.19.5'
const built = join(process.env['CLUSTER_DIR'] ?? join(homedir(), '.cache/mesh-cluster'), `helm-${version}`)
const chart = join(import.meta.dirname, '../../docs/install/helm')

/** Built from its module, Helm does not know which Kubernetes it is of. */
const cluster = ['--kube-version', '1.34.0']

function findHelm(): string | undefined {
  const candidates = [process.env['MESH_HELM'] ?? 'helm', join(built, 'helm')]
  return candidates.find(path => spawnSync(path, ['version', '--short'], { stdio: 'ignore' }).status === 0)
}

const builds =
  process.env['MESH_TEST_HELM'] === 'build' && spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0
const skip = findHelm() !== undefined || builds ? false : 'no helm here; with Go, MESH_TEST_HELM=build builds it'

describe(`the chart, rendered by Helm`, { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-helm-'))
  let helm = ''

  before(() => {
    if (findHelm() === undefined) {
      const env = { ...process.env, GOBIN: built, GOFLAGS: '-mod=mod' }
      const command = ['install', '-trimpath', '-ldflags', '-s -w', `helm.sh/helm/v3/cmd/helm@${version}`]
      execFileSync('go', command, { env, stdio: 'inherit' })
    }
    helm = findHelm()!
    assert.ok(existsSync(chart))
  })
  after(() => rmSync(folder, { recursive: true }))

  const cases: readonly { readonly profile: string; readonly set: readonly string[] }[] = [
    { profile: 'default', set: [] },
    { profile: 'demo', set: [] },
    { profile: 'minimal', set: ['istioLabels=false'] },
    { profile: 'default', set: ['gateway.replicas=3', 'gateway.serviceType=NodePort', 'tracing.sampling=5'] },
    { profile: 'default', set: ['namespace=other', 'revision=canary', 'domain=mesh.example', 'agent.replicas=1'] },
    { profile: 'demo', set: ['target=istio'] },
    { profile: 'default', set: ['identity.key=pod', 'certificates.ttlSeconds=7200'] },
  ]
  for (const { profile, set } of cases)
    it(`is what mesh install installs: ${[profile, ...set].join(' ')}`, async () => {
      const values = join(folder, `${profile}.yaml`)
      writeFileSync(values, stringify(profiles[profile]))
      const sets = set.flatMap(setting => ['--set', setting])
      // What is there of definitions already, Helm leaves alone; beside Istio they are not asked for.
      const definitions = set.includes('target=istio') ? '--skip-crds' : '--include-crds'
      const rendered = await run(helm, ['template', 'mesh', chart, ...cluster, '-f', values, ...sets, definitions], {
        maxBuffer: 1 << 26,
      })
      const installed = await meshIn(folder, ['install', '--dry-run', '-o', 'yaml', '--profile', profile, ...sets])
      assert.equal(installed.code, 0, installed.stderr)
      const [ours, helms] = [installed.stdout, rendered.stdout].map(objects)
      assert.deepEqual(Object.keys(helms!), Object.keys(ours!))
      for (const [key, object] of Object.entries(ours!)) assert.deepEqual(helms![key], object, key)
    })

  it('is not made with a word for the use of policies that there is not, nor with YAML’s word for false', async () => {
    const render = (...args: readonly string[]) => run(helm, ['template', 'mesh', chart, ...cluster, ...args])
    const unquoted = join(folder, 'off.yaml')
    writeFileSync(unquoted, 'validation: { policies: off }\n')
    for (const args of [
      ['--set', 'validation.policies=never'],
      ['-f', unquoted],
    ])
      await assert.rejects(render(...args), /validation[./]policies/, String(args))
    writeFileSync(unquoted, 'validation: { policies: "off" }\n')
    await render('-f', unquoted)
  })

  it('is nothing that helm lint would have otherwise', async () => {
    const { stdout } = await run(helm, ['lint', '--strict', ...cluster, chart])
    assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/)
    assert.doesNotMatch(stdout, /\[(WARNING|ERROR)\]/)
  })
})

/** By key, sorted; the agent's values as what they say, not as they are written. */
function objects(text: string): { readonly [key: string]: unknown } {
  const all = parseAllDocuments(text).flatMap(document => {
    const object = document.toJS() as Resource | null
    return object === null ? [] : [object]
  })
  const entries = all.map(object => [resourceKey(object), readable(object)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function readable(object: Resource): unknown {
  const { 'values.json': values, ...data } = (object['data'] ?? {}) as { readonly [key: string]: string }
  return values === undefined ? object : { ...object, data: { ...data, 'values.json': JSON.parse(values) } }
}
