/** What `mesh crds` prints, on a real API server: it takes all of it, and refuses by its rules what breaks them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { isApiError } from '../../src/cluster/api-error.ts'
import { applyAll } from '../../src/cluster/apply.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { customResourceDefinitions, definedKinds, plural } from '../../src/cluster/install/crds.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { celSamples, choiceSamples, type RuleSample } from '../kinds/broken-rules.ts'
import { crdFacts } from '../kinds/crd-facts.ts'
import { extensionSamples } from '../kinds/extension-samples.ts'
import { samples } from '../kinds/samples.ts'
import { outsideSamples } from '../kinds/samples-outside.ts'
import { securitySamples } from '../kinds/security-samples.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { crd } from './objects.ts'

const skip = cannotRunApi() ?? false

const rules = [...celSamples, ...choiceSamples]

/** Istio's own, beside ours under another group. */
const theirGroup = (group: string) => group.replace('istio.io', 'example.com')
const theirs = crdFacts.map(({ group, kind, names, spec }) => {
  const { metadata, ...definition } = crd(`${names.plural}.${theirGroup(group)}`, kind, { properties: { spec } })
  return { ...definition, metadata } as Resource
})

describe('definitions, on a real API server', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    const { stdout } = await meshIn(process.cwd(), ['crds'])
    const printed = parseAllDocuments(stdout).map(document => document.toJS() as Resource)
    const entries = await applyAll(admin, printed, { namespace: 'default', fieldManager: 'test' })
    assert.deepEqual(
      entries.filter(({ action }) => action !== 'created'),
      [],
    )
    assert.equal(entries.length, definedKinds.length)
    const others = await applyAll(admin, theirs, { namespace: 'default', fieldManager: 'test' })
    assert.deepEqual([...new Set(others.map(({ action }) => action))], ['created'])
  })
  after(() => api?.stop())

  const collection = (apiVersion: string, kind: string) => `/apis/${apiVersion}/namespaces/default/${plural(kind)}`

  /** @returns the API server's words where it refuses */
  async function refusal(apiVersion: string, kind: string, spec: object): Promise<string | undefined> {
    const body = { apiVersion, kind, metadata: { name: 'sample' }, spec }
    try {
      const query = { dryRun: 'All', fieldValidation: 'Strict' }
      await admin.call('POST', collection(apiVersion, kind), { body, query })
      return undefined
    } catch (error) {
      if (!isApiError(error, 422)) throw error
      return (error as Error).message
    }
  }

  /** What is not as it should be: a sound spec that is refused, a broken one that is not. */
  async function wrongOf({ kind, path, rule, sound, broken }: RuleSample, apiVersion: string): Promise<string[]> {
    const before = await refusal(apiVersion, kind, sound)
    const refused = await refusal(apiVersion, kind, broken)
    return [
      ...(before === undefined ? [] : [`${kind} ${path}: ${rule}: ${before}`]),
      ...(refused === undefined ? [`${kind} ${path}: ${rule}: ${JSON.stringify(broken)} is taken`] : []),
    ]
  }

  it('what is installed is what is printed', async () => {
    const { stdout } = await meshIn(process.cwd(), ['install', '-o', 'yaml'])
    const installed = parseAllDocuments(stdout)
      .map(document => document.toJS() as Resource)
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
    assert.deepEqual(installed, JSON.parse(JSON.stringify(customResourceDefinitions())))
  })

  it('every version of every kind is served, with its own columns', async () => {
    for (const { kind, apiVersions } of definedKinds)
      for (const apiVersion of apiVersions) {
        const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
        const table = (await admin.call('GET', collection(apiVersion, kind), { headers })) as {
          readonly columnDefinitions: readonly { readonly name: string }[]
        }
        const columns = table.columnDefinitions.map(({ name }) => name)
        assert.deepEqual([columns[0], columns.at(-1)], ['Name', 'Age'], `${apiVersion} ${kind}`)
        if (kind === 'VirtualService') assert.deepEqual(columns.slice(1, -1), ['Gateways', 'Hosts'])
      }
  })

  it('a sample of each kind is applied, in each version, and its status is a resource of its own', async () => {
    for (const { kind, apiVersions } of definedKinds) {
      const sound = [...samples, ...securitySamples, ...extensionSamples, ...outsideSamples]
        .find(each => each.kind === kind)
        ?.good.at(-1)
      const resources = apiVersions.map(apiVersion => ({
        apiVersion,
        kind,
        metadata: { name: `sample-${apiVersion.split('/')[1]}` },
        spec: sound?.spec ?? rules.find(each => each.kind === kind)!.sound,
      }))
      const entries = await applyAll(admin, resources as Resource[], { namespace: 'default', fieldManager: 'test' })
      assert.deepEqual(
        entries.map(({ action, error }) => error?.message ?? action),
        apiVersions.map(() => 'created'),
        kind,
      )
      const path = `${collection(apiVersions[0], kind)}/${resources[0]!.metadata.name}/status`
      const contentType = 'application/merge-patch+json'
      await admin.call('PATCH', path, { body: { status: { observedGeneration: '1' } }, contentType })
    }
  })

  it('the samples of rules break Istio’s own definitions, and nothing else in them', async t => {
    const wrong: string[] = []
    for (const sample of rules) wrong.push(...(await wrongOf(sample, `${theirGroup(sample.group)}/v1`)))
    assert.deepEqual(wrong, [])
    t.diagnostic(`${rules.length} rules`)
  })

  it('ours refuse what breaks a rule, and take what differs in nothing else', async t => {
    const wrong: string[] = []
    const own = rules.flatMap(sample => {
      const definition = definedKinds.find(({ kind }) => kind === sample.kind)
      return definition === undefined ? [] : [{ sample, apiVersion: definition.apiVersions[0] }]
    })
    for (const { sample, apiVersion } of own) wrong.push(...(await wrongOf(sample, apiVersion)))
    assert.deepEqual(wrong, [])
    t.diagnostic(`${own.length} of ${rules.length} rules`)
  })

  it('says what is wrong in words', async () => {
    const spec = { hosts: ['a'], http: [{ route: [{ destination: { host: 'a' } }], timeout: '0s' }] }
    const refused = await refusal('networking.istio.io/v1', 'VirtualService', spec)
    assert.match(refused ?? '', /spec\.http\[0\]\.timeout: .*a duration of at least 1ms/)
  })
})
