/** Keys over https are had where the file of roots that was named vouches for who serves them, and else not. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { publicRoots } from '../../../src/local/public-roots.ts'
import { withoutOpenssl } from '../../golden/make-certificate.ts'
import { askRaw } from '../../support/ask-raw.ts'
import { withoutEnvoy } from '../../support/find-test-envoy.ts'
import { inboundScene } from '../../support/inbound-scene.ts'
import { keyServer, newIssuer } from '../../support/tokens.ts'

it('keys over https come from whom the named roots vouch for', { skip: withoutEnvoy || withoutOpenssl }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-roots-'))
  try {
    const [own, other] = ['own', 'other'].map(name => {
      const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
      const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
      const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
      execFileSync('openssl', ['req', '-x509', ...fresh, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
      return { file: cert, cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
    })
    const issuer = await newIssuer('https://issuer.test')
    await using keys = await keyServer(issuer.jwks, own!)
    const rule = { issuer: issuer.name, jwksUri: `https://127.0.0.1:${keys.port}/jwks` }
    const workload = { policies: [{ kind: 'RequestAuthentication', spec: { jwtRules: [rule] } }] } as const
    const request = { headers: { authorization: `Bearer ${await issuer.token()}` } }
    for (const [caFile, status] of [
      [own!.file, 200],
      [other!.file, 401],
    ] as const) {
      await using scene = await inboundScene([workload], { caFile })
      assert.equal((await askRaw(scene.port(0), request))?.status, status, caFile)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('mesh up takes the file that OpenSSL’s variable names, else one that is there', () => {
  assert.equal(publicRoots({ SSL_CERT_FILE: '/my/roots.pem' }), '/my/roots.pem')
  assert.match(publicRoots({}), /^\/etc\/.*\.(crt|pem)$/)
})
