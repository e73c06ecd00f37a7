import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keepRenewing } from '../../src/agent/keep-renewing.ts'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import { eventually } from '../support/xds-server.ts'

const domain = 'cluster.local'
const hour = 3_600_000

describe('a certificate that is kept renewed', () => {
  it('is tried again soon where it can’t be issued, and ends nothing; then as seldom as before', async () => {
    const past = Date.now() - 11 * 365 * 24 * hour
    let authority = await CertificateAuthority.load(await createAuthorityFiles(domain, past), domain, past)
    const serials: string[] = []
    const errors: string[] = []
    const end = keepRenewing({
      renew: async () => void serials.push((await authority.issueServer(['localhost'], hour)).serial),
      everyMs: 300,
      retryMs: 10,
      onError: ({ message }) => errors.push(message),
    })
    try {
      await eventually('three tries', () => errors.length >= 3)
      assert.match(errors[0]!, /expired on .*: it issues nothing/)
      authority = await CertificateAuthority.load(await createAuthorityFiles(domain), domain)
      await eventually('a certificate', () => serials[0])
      const { length } = errors
      await eventually('another one', () => serials[1])
      assert.equal(errors.length, length)
    } finally {
      end()
    }
  })

  it('is left alone once it is no longer wanted, whatever comes of a try that is under way', async () => {
    let fail: (error: Error) => void = () => {}
    let tries = 0
    const end = keepRenewing({
      renew: () =>
        new Promise((_, reject) => {
          tries += 1
          fail = reject
        }),
      everyMs: 1,
      retryMs: 1,
      onError: assert.fail,
    })
    await eventually('a try', () => tries === 1)
    end()
    fail(new Error('too late'))
    await new Promise(resolve => setTimeout(resolve, 100))
    assert.equal(tries, 1)
  })
})
