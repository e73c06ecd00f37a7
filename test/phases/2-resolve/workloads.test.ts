/** What runs pods, as workloads: by which names, with which labels and ports. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readYaml } from '../../../src/phases/1-load/yaml.ts'
import { type Resolved, resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { checkShapes } from '../../../src/phases/3-check/shapes.ts'

const apiVersions: { readonly [kind: string]: string } = { Pod: 'v1', Job: 'batch/v1', CronJob: 'batch/v1' }

function yamlOf(kind: string, name: string): string {
  const policy = kind === 'Job' || kind === 'CronJob' ? 'restartPolicy: Never, ' : ''
  const container = `{ name: a, command: [run, ${kind}], ports: [{ name: web, containerPort: 80 }] }`
  const pod = `spec: { ${policy}containers: [${container}] }`
  const template = `template: { metadata: { labels: { app: ${name} } }, ${pod} }`
  const bodies: { readonly [kind: string]: string } = {
    Pod: pod,
    Job: `spec: { parallelism: 2, ${template} }`,
    CronJob: `spec: { schedule: '@daily', jobTemplate: { spec: { ${template} } } }`,
  }
  const metadata = `metadata: { name: ${name}, labels: { app: ${name} } }`
  const body = bodies[kind] ?? `spec: { selector: {}, ${template} }`
  return `apiVersion: ${apiVersions[kind] ?? 'apps/v1'}\nkind: ${kind}\n${metadata}\n${body}\n`
}

function resolved(documents: readonly string[], previous?: Resolved): Resolved {
  const { value, diagnostics } = readYaml('a.yaml', documents.join('---\n'))
  assert.deepEqual(diagnostics, [])
  return resolve(value, previous === undefined ? {} : { previous }).value
}

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'Job', 'CronJob']

describe('workloads', () => {
  for (const kind of kinds)
    it(`a ${kind} is one, with the labels and ports of its pods`, () => {
      const [workload] = resolved([yamlOf(kind, 'web')]).mesh.workloads
      assert.equal(workload?.name, 'web')
      assert.equal(workload.at, `${kind}/default/web#`)
      assert.deepEqual(workload.labels, { app: 'web' })
      assert.equal(workload.replicas, kind === 'Job' ? 2 : 1)
      assert.deepEqual(workload.container.ports, [{ number: 80, name: 'web' }])
      assert.deepEqual(workload.container.command, ['run', kind])
      assert.equal(workload.runsOnce, kind === 'Job' || kind === 'CronJob' ? true : undefined)
    })

  it('of one name are told apart by their kinds, in whatever order files are read', () => {
    const names = (documents: readonly string[]) => resolved(documents).mesh.workloads.map(({ name, at }) => [name, at])
    const documents = [...kinds.map(kind => yamlOf(kind, 'web')), yamlOf('Job', 'web-b')]
    const expected = [
      ['web', 'Deployment/default/web#'],
      ['web-b', 'Job/default/web-b#'],
      ...['CronJob', 'DaemonSet', 'Job', 'Pod', 'StatefulSet'].map(kind => [
        `web.${kind.toLowerCase()}`,
        `${kind}/default/web#`,
      ]),
    ]
    assert.deepEqual(names(documents), expected)
    assert.deepEqual(names(documents.toReversed()), expected)
  })

  it('have the ports of all containers that go on running', () => {
    const [workload] = resolved([
      `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  initContainers:
    - { name: once, ports: [{ name: once, containerPort: 1 }] }
    - { name: beside, restartPolicy: Always, ports: [{ name: beside, containerPort: 2 }] }
  containers: [{ name: a, ports: [{ containerPort: 80 }] }, { name: b, ports: [{ name: https, containerPort: 443 }] }]
`,
    ]).mesh.workloads
    assert.deepEqual(workload?.container.ports, [
      { number: 80 },
      { number: 443, name: 'https' },
      { number: 2, name: 'beside' },
    ])
  })

  it('are not what their controllers made, which stands beside them in what was read from a cluster', () => {
    const made = (kind: string, owner: string) => {
      const reference = `{ apiVersion: apps/v1, kind: ${owner}, name: web, uid: u, controller: true }`
      const metadata = `metadata: { generateName: web-, ownerReferences: [${reference}],`
      return yamlOf(kind, 'web-x').replace('metadata: {', metadata)
    }
    const documents = [yamlOf('Deployment', 'web'), made('Pod', 'ReplicaSet'), made('Job', 'CronJob')]
    assert.deepEqual(
      resolved(documents).mesh.workloads.map(({ name }) => name),
      ['web'],
    )
    assert.deepEqual(checkShapes(readYaml('a.yaml', documents.join('---\n')).value).diagnostics, [])
  })

  it('stay the same objects while others come', () => {
    const documents = ['Deployment', 'CronJob'].map(kind => yamlOf(kind, 'web'))
    const before = resolved(documents)
    const after = resolved([...documents, yamlOf('Pod', 'other')], before)
    for (const workload of before.mesh.workloads) assert.ok(after.mesh.workloads.includes(workload), workload.name)
  })
})
