/** What `mesh crds --gateway-api` prints, on a real API server: it takes all of it, and refuses by its rules what breaks them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { isApiError } from '../../src/cluster/api-error.ts'
import { applyAll } from '../../src/cluster/apply.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { gatewayApiKinds, plural } from '../../src/cluster/install/crds.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { gatewayApiFacts } from '../kinds/crd-facts.ts'
import { gatewayApiSamples } from '../kinds/gateway-api-samples.ts'
import { eventually } from '../local/temp-state.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { crd } from './objects.ts'

const skip = cannotRunApi() ?? false
const theirGroup = 'gateway.example.com'

/** The Gateway API's own, beside ours under another group. */
const theirs = gatewayApiFacts
  .filter(({ kind }) => kind in gatewayApiSamples)
  .map(({ kind, names, spec }) => crd(`${names.plural}.${theirGroup}`, kind, { properties: { spec } }) as Resource)

describe('definitions of the Gateway API, on a real API server', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    const { stdout } = await meshIn(process.cwd(), ['crds', '--gateway-api'])
    const printed = parseAllDocuments(stdout).map(document => document.toJS() as Resource)
    const entries = await applyAll(admin, [...printed, ...theirs], { namespace: 'default', fieldManager: 'test' })
    assert.deepEqual(
      entries.filter(({ action }) => action !== 'created'),
      [],
    )
    assert.equal(printed.length, gatewayApiKinds.length)
    // A definition that is there is served soon, and not at once.
    for (const group of ['gateway.networking.k8s.io', theirGroup])
      for (const kind of Object.keys(gatewayApiSamples))
        await eventually(`${group} ${kind} is served`, () =>
          admin.call('GET', collection(`${group}/v1`, kind)).then(
            () => true,
            () => undefined,
          ),
        )
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

  for (const [whose, group] of [
    ['ours', 'gateway.networking.k8s.io'],
    ['the Gateway API’s own', theirGroup],
  ] as const)
    it(`${whose} refuse what breaks a rule, and take what differs in nothing else`, async () => {
      const wrong: string[] = []
      for (const [kind, samples] of Object.entries(gatewayApiSamples))
        for (const { what, sound, broken } of samples) {
          const before = await refusal(`${group}/v1`, kind, sound)
          if (before !== undefined) wrong.push(`${kind} ${what}: ${before}`)
          if ((await refusal(`${group}/v1`, kind, broken)) === undefined) wrong.push(`${kind} ${what}: is taken`)
        }
      assert.deepEqual(wrong, [])
    })

  it('every version of every kind is served', async () => {
    for (const { kind, apiVersions, namespaced } of gatewayApiKinds)
      for (const apiVersion of apiVersions)
        await admin.call('GET', namespaced ? collection(apiVersion, kind) : `/apis/${apiVersion}/${plural(kind)}`)
  })

  it('the controller of a class can’t be changed', async () => {
    const path = '/apis/gateway.networking.k8s.io/v1/gatewayclasses'
    const body = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'a' },
      spec: { controllerName: 'a.example/b' },
    }
    await admin.call('POST', path, { body })
    const change = { body: { spec: { controllerName: 'a.example/c' } }, contentType: 'application/merge-patch+json' }
    await assert.rejects(admin.call('PATCH', `${path}/a`, change), /the controller can’t be changed/)
  })
})
