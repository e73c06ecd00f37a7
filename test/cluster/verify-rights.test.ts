/** `mesh verify` for somebody who may not do much. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { meshIn } from '../cli/run-mesh.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { accountToken, makeAccount } from './objects.ts'

describe('mesh verify', { skip: cannotRunApi() ?? false }, () => {
  let api: ApiServer
  before(async () => {
    api = await ApiServer.start()
  })
  after(() => api?.stop())

  it('finds before an installation that somebody may not install', async () => {
    const admin = api.client()
    await makeAccount(admin, 'default', 'visitor')
    const token = await accountToken(admin, 'default', 'visitor')
    const { code, stdout } = await meshIn(tmpdir(), ['verify', '--kubeconfig', api.kubeconfig({ token })])
    assert.equal(code, 1)
    assert.match(
      stdout,
      /✖ rights to install: you may not make customresourcedefinitions, .*namespaces\n {4}install with the rights of a cluster administrator/,
    )
    assert.match(stdout, /✖ other meshes: it can't be looked at: .*forbidden/)
    assert.match(stdout, /to mend\n$/)
  })
})
