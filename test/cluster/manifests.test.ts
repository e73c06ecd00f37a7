/** The pods of an installation, as a strict cluster takes them and spreads them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { manifests } from '../../src/cluster/install/manifests.ts'
import { type InstallValues, profiles } from '../../src/cluster/install/values.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { makeAccount, makeNamespace } from './objects.ts'

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<{ [label: string]: string }> }
  readonly spec: {
    readonly serviceAccountName: string
    readonly topologySpreadConstraints: readonly {
      readonly topologyKey: string
      readonly whenUnsatisfiable: string
      readonly labelSelector: { readonly matchLabels: Readonly<{ [label: string]: string }> }
    }[]
  }
}

function podsOf(values: InstallValues): readonly (readonly [name: string, template: PodTemplate])[] {
  return manifests(values)
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata, spec }) => [metadata.name, (spec as { readonly template: PodTemplate }).template])
}

describe('pods of an installation', { skip: cannotRunApi() ?? false }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let strict = ''

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    strict = await makeNamespace(admin, { 'pod-security.kubernetes.io/enforce': 'restricted' })
  })
  after(() => api?.stop())

  for (const [profile, values] of Object.entries(profiles))
    it(`are taken by a namespace under the standard "restricted": ${profile}`, async () => {
      for (const [name, { metadata, spec }] of podsOf(values)) {
        await makeAccount(admin, strict, spec.serviceAccountName).catch(() => {})
        const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: metadata.labels }, spec }
        const pods = `/api/v1/namespaces/${strict}/pods`
        assert.ok(await admin.call('POST', pods, { body, query: { dryRun: 'All' } }), name)
      }
    })
})

for (const [profile, values] of Object.entries(profiles))
  it(`replicas go to several nodes, where there are several: ${profile}`, () => {
    for (const [name, { metadata, spec }] of podsOf(values)) {
      const [spread, ...more] = spec.topologySpreadConstraints
      assert.ok(spread !== undefined && more.length === 0, name)
      assert.equal(spread.topologyKey, 'kubernetes.io/hostname')
      assert.equal(spread.whenUnsatisfiable, 'ScheduleAnyway')
      for (const [label, value] of Object.entries(spread.labelSelector.matchLabels))
        assert.equal(metadata.labels[label], value, `${name} counts its own pods`)
    }
  })
