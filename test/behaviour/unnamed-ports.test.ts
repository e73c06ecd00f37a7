/** Policies about requests, on ports of a pod that no service names: requests are read there, too. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { redirectedScene } from '../support/redirected-scene.ts'
import { webDeployment } from '../support/web-deployment.ts'

const policy = (spec: object): Resource => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'requests' },
  spec,
})
const pathsOf = (paths: readonly string[]) => [{ to: [{ operation: { paths } }] }]

/** Where nobody is let in, the connection is closed before anything is answered. */
const rows = [
  { says: 'a path that is denied', policy: policy({ action: 'DENY', rules: pathsOf(['/x']) }), path: '/x' },
  { says: 'a path that is none of those allowed', policy: policy({ rules: pathsOf(['/metrics']) }), path: '/y' },
]

describe('a port that no service names', { skip: withoutEnvoy }, () => {
  for (const row of rows)
    it(`is refused by HTTP for ${row.says}`, async () => {
      const port = await freePort()
      await using _ = await redirectedScene([webDeployment, row.policy], {
        workload: 'web',
        sockets: { virtualInbound: port },
      })
      assert.equal((await get({ port, path: row.path }))?.status, 403)
    })
})
