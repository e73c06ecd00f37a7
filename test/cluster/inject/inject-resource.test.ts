/** What `mesh inject -f` makes of whatever holds pods, and what the webhook makes of the pods: the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { injectResource } from '../../../src/cluster/inject/inject-resource.ts'
import type { Container, Pod } from '../../../src/cluster/inject/pod.ts'
import { injectionSettings, profiles } from '../../../src/cluster/install/values.ts'
import { admitPod } from '../../../src/cluster/webhook/inject.ts'
import type { Resource } from '../../../src/kinds/resource.ts'

const settings = injectionSettings(profiles['default']!)
const labels = { 'meshwright.dev/injection': 'enabled' }
const namespace = { name: 'shop', labels }

const template: Pod = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [{ name: 'web', image: 'web:1', livenessProbe: { httpGet: { path: '/', port: 80 } } }],
    serviceAccountName: 'web',
  },
}

function holder(kind: string, spec: object): Resource {
  const apiVersion = kind.endsWith('Job') ? 'batch/v1' : 'apps/v1'
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'shop' }, spec } as Resource
}

interface Made {
  readonly name?: string
  readonly generateName?: string
  readonly labels: { readonly [label: string]: string }
  /** Kind and name of the controller. */
  readonly owner: readonly [kind: string, name: string]
}

/** As Kubernetes' controllers make their pods. */
const cases: readonly { readonly resource: Resource; readonly made: Made }[] = [
  {
    resource: holder('Deployment', { template }),
    made: {
      generateName: 'web-5d8f7c9b4-',
      labels: { 'pod-template-hash': '5d8f7c9b4' },
      owner: ['ReplicaSet', 'web-5d8f7c9b4'],
    },
  },
  {
    resource: holder('ReplicaSet', { template }),
    made: { generateName: 'web-', labels: {}, owner: ['ReplicaSet', 'web'] },
  },
  {
    resource: holder('StatefulSet', { template }),
    made: {
      name: 'web-0',
      labels: {
        'statefulset.kubernetes.io/pod-name': 'web-0',
        'apps.kubernetes.io/pod-index': '0',
        'controller-revision-hash': 'web-6f7d8b',
      },
      owner: ['StatefulSet', 'web'],
    },
  },
  {
    resource: holder('DaemonSet', { template }),
    made: { generateName: 'web-', labels: { 'controller-revision-hash': '6f7d8b' }, owner: ['DaemonSet', 'web'] },
  },
  {
    resource: holder('Job', { template }),
    made: { generateName: 'web-', labels: { 'batch.kubernetes.io/job-name': 'web' }, owner: ['Job', 'web'] },
  },
  {
    resource: holder('CronJob', { jobTemplate: { spec: { template } } }),
    made: {
      generateName: 'web-29401560-',
      labels: { 'batch.kubernetes.io/job-name': 'web-29401560' },
      owner: ['Job', 'web-29401560'],
    },
  },
]

function podOf(from: Pod, { labels: own, owner: [kind, name], ...names }: Made): Pod {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind, name, uid: '1', controller: true }]
  const metadata = { ...from.metadata, ...names, labels: { ...from.metadata?.labels, ...own }, ownerReferences }
  return { ...from, metadata }
}

async function byWebhook(pod: Pod): Promise<Pod> {
  const request = { uid: '1', kind: 'Pod', apiVersion: 'v1', namespace: 'shop', name: '', operation: 'CREATE' }
  const answer = await admitPod({ ...request, object: { ...pod } }, settings, async () => labels)
  assert.ok(answer.isAllowed)
  const patched = Object.fromEntries((answer.patch ?? []).map(one => [one.path.slice(1), one.value]))
  return { ...pod, ...patched }
}

function templateOf(resource: Resource): Pod {
  const spec = (resource as unknown as { spec: { template?: Pod; jobTemplate?: { spec: { template: Pod } } } }).spec
  return (spec.template ?? spec.jobTemplate?.spec.template)!
}

function proxyOf({ spec }: Pod): Container {
  return spec.initContainers!.find(({ name }) => name === 'mesh-proxy')!
}

describe('what holds pods', () => {
  for (const { resource, made } of cases) {
    const injected = () => templateOf(injectResource(resource, namespace, settings)!.resource)

    it(`gets the same as the pods would, and names them by itself: ${resource.kind}`, async () => {
      assert.deepEqual(podOf(injected(), made), await byWebhook(podOf(template, made)))
      const env = proxyOf(injected())['env'] as { name: string; value?: string }[]
      assert.equal(env.find(({ name }) => name === 'MESHWRIGHT_PEER')?.value, '$(POD_NAMESPACE)/web')
    })

    it(`keeps its containers as those that it waits for: ${resource.kind}`, () => {
      const { spec } = injected()
      assert.deepEqual(
        spec.containers.map(({ name }) => name),
        ['web'],
      )
      // A Job is done when these are: what runs beside them is ended then, and does not keep it from completing.
      assert.equal(proxyOf(injected()).restartPolicy, 'Always')
    })
  }

  it('may have no name yet', () => {
    const { name: _, ...metadata } = cases[4]!.resource.metadata
    const unnamed = { ...cases[4]!.resource, metadata: { ...metadata, generateName: 'web-' } } as unknown as Resource
    assert.ok(proxyOf(templateOf(injectResource(unnamed, namespace, settings)!.resource)))
  })

  it('is left as it is where its pod is not to be injected', () => {
    const asked = { name: 'shop', labels: {} }
    for (const { resource } of cases)
      assert.deepEqual(injectResource(resource, asked, settings)?.resource, resource, resource.kind)
  })
})
