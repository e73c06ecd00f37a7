/** Kinds whose definitions somebody else has made, in versions of his choice: on a real API server. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { crd, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const virtualServices = 'virtualservices.networking.istio.io'

describe('a kind that is served in other versions than ours', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let space = ''

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    space = await makeNamespace(admin)
    await serveOnly('v1beta1')
    const other = 'serviceentries.networking.istio.io'
    await admin.call('DELETE', `${definitions}/${other}`)
    await eventually('it is gone', async () => (await admin.find(`${definitions}/${other}`)) === undefined)
    await admin.call('POST', definitions, { body: crd(other, 'ServiceEntry', undefined, 'v2') })
    await eventually('the version of the future', () =>
      admin.find('/apis/networking.istio.io/v2/serviceentries').catch(() => undefined),
    )
    await admin.call('POST', `/api/v1/namespaces/${space}/services`, {
      body: { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } },
    })
    running = await startAgent(api, admin)
  })
  after(async () => {
    await running?.agent.close()
    await api?.stop()
  })

  /** As a definition of an older Istio, or of one that has let go of what is old. */
  async function serveOnly(version: string): Promise<void> {
    const { spec } = (await admin.call('GET', `${definitions}/${virtualServices}`)) as {
      readonly spec: { readonly versions: readonly { readonly name: string }[] }
    }
    const versions = spec.versions.map(each => ({ ...each, served: each.name === version }))
    await admin.call('PATCH', `${definitions}/${virtualServices}`, {
      contentType: 'application/merge-patch+json',
      body: { spec: { versions } },
    })
    await eventually('what is served', async () => {
      const found = await Promise.all(versions.map(({ name }) => admin.find(pathIn(name))))
      return found.every((list, index) => (list !== undefined) === (versions[index]!.name === version))
    })
  }

  const pathIn = (version: string) => `/apis/networking.istio.io/${version}/namespaces/${space}/virtualservices`
  const specOf = (timeout: string) => ({
    hosts: ['web'],
    http: [{ timeout, route: [{ destination: { host: 'web' } }] }],
  })

  it('is read in the first of our versions that is served, and means the same in each', async () => {
    const { plane } = running.agent
    const empty = plane.revision
    await admin.call('POST', pathIn('v1beta1'), {
      body: {
        apiVersion: 'networking.istio.io/v1beta1',
        kind: 'VirtualService',
        metadata: { name: 'web' },
        spec: specOf('3s'),
      },
    })
    await eventually('another revision', () => plane.revision !== empty)
    const inBeta = plane.revision
    const args = ['describe', 'service', 'web', '-n', space, '--kubeconfig', api.kubeconfig()]
    const { stdout } = await meshIn(tmpdir(), args)
    assert.match(stdout, new RegExp(`^Routes\\n {2}VirtualService/${space}/web\\S* 1 HTTP rule$`, 'm'))

    await serveOnly('v1')
    const change = (timeout: string) =>
      admin.call('PATCH', `${pathIn('v1')}/web`, {
        contentType: 'application/merge-patch+json',
        body: { spec: specOf(timeout) },
      })
    await change('5s')
    await eventually('what has changed in the other version', () => ![empty, inBeta].includes(plane.revision), 60_000)
    await change('3s')
    await eventually('the same as before', () => plane.revision === inBeta)
  })

  it('is named where none of our versions is served', async () => {
    const line = await eventually('a line', () => running.lines.find(each => each.includes('ServiceEntry')))
    assert.equal(
      line,
      'warning ServiceEntry: its definition serves networking.istio.io/v2 alone, so that its objects are not read: ' +
        'networking.istio.io/v1, networking.istio.io/v1beta1, networking.istio.io/v1alpha3 would be',
    )
  })
})
