import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type PeerCertificate } from 'node:tls'
import type { IdentityReport } from '../../src/agent/workload-secrets.ts'
import { withoutOpenssl } from '../golden/make-certificate.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { getPage } from './ask.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

describe('mutual TLS on one machine', { skip: withoutEnvoy }, () => {
  let book: Bookinfo
  before(async () => {
    book = await bookinfo('127.78.0.0')
    const up = await book.mesh(['up', book.dir, '--detach', ...book.flags])
    assert.equal(up.code, 0, up.stderr)
  })
  after(() => book.remove())

  const addressOf = async (workload: string) => {
    const { workloads } = await book.status()
    const [address, port] = workloads.find(({ name }) => name === workload)!.address!.split(':')
    return { host: address!, port: Number(port ?? 9080) }
  }

  /** The status that the proxy of `details` gives to a caller in plain text; undefined where it hangs up. */
  const plainly = async () => {
    const { host } = await addressOf('details-v1')
    return (await get({ host, port: 9080, path: '/details/0' } as Parameters<typeof get>[0]))?.status
  }

  const setMode = async (mode: string | undefined) => {
    const before = (await book.status()).instance.revision
    book.edit(source => {
      const bare = source.replace(/\n\/\/ mtls[\s\S]*$/, '')
      return mode === undefined
        ? bare
        : `${bare}\n// mtls\nimport { mtls } from 'meshwright'\nexport const mode = mtls('${mode}')\n`
    })
    await eventually(`mTLS is ${mode}`, async () => {
      const { instance, proxies } = await book.status()
      return instance.revision !== before && proxies.every(({ accepted }) => accepted)
    })
  }

  /** Asks for the page until `stop`; returns what was not 200. */
  const traffic = () => {
    let isOn = true
    const failures: string[] = []
    let sent = 0
    const done = (async () => {
      while (isOn) {
        sent += 1
        const { status, body } = await getPage(book.url)
        // The page is there though a call behind it fails, and says so.
        const failed = body.match(/unavailable right now.*?\./)?.[0]
        if (status !== 200 || failed !== undefined) failures.push(`${status} ${failed}`)
        await sleep(20)
      }
    })()
    return {
      stop: async () => {
        isOn = false
        await done
        return { failures, sent }
      },
    }
  }

  it('is spoken between proxies, and plain text is let in until told otherwise', async () => {
    assert.equal(await plainly(), 200)
    const page = await getPage(book.url)
    assert.equal(page.status, 200)
    await eventually('the caller’s identity is logged', async () => {
      const logs = await book.mesh(['logs', 'details-v1', '--proxy', '--dir', book.dir, '--tail', '200'])
      return logs.stdout.includes('"peer_identity":"spiffe://cluster.local/ns/bookinfo/sa/productpage"')
    })
  })

  it('can be asked of everybody, and given up again, with no request lost', async () => {
    const load = traffic()
    const set = async (mode: string | undefined) => {
      await setMode(mode)
      // Connections of the mode before are in use for a while.
      await sleep(1000)
    }
    await set('STRICT')
    assert.equal(await plainly(), undefined, 'plain text is refused')
    await set('DISABLE')
    assert.equal(await plainly(), 200)
    await set('STRICT')
    await set(undefined)
    const { failures, sent } = await load.stop()
    assert.deepEqual(failures, [], `of ${sent}`)
    console.log(`# ${sent} requests while modes changed, none failed`)
  })

  it('shows a certificate with the workload’s identity, under the roots that the mesh tells', async () => {
    const identities = JSON.parse(
      (await book.mesh(['identity', book.dir, '--format', 'json'])).stdout,
    ) as IdentityReport[]
    assert.equal(identities.length, 7)
    const details = identities.find(({ proxy }) => proxy === 'details-v1')!
    const roots = (await book.mesh(['identity', book.dir, '--roots'])).stdout
    const { host } = await addressOf('details-v1')
    const certificate = await new Promise<PeerCertificate>((resolve, reject) => {
      const socket = connect({
        host,
        port: 9080,
        ca: roots,
        ALPNProtocols: ['istio'],
        checkServerIdentity: () => undefined,
      })
      socket.once('secureConnect', () => {
        assert.equal(socket.authorized, true)
        resolve(socket.getPeerCertificate())
        socket.destroy()
      })
      socket.once('error', reject)
    })
    assert.equal(certificate.subjectaltname, 'URI:spiffe://cluster.local/ns/bookinfo/sa/details')
    assert.equal(certificate.serialNumber.toLowerCase().padStart(32, '0'), details.serial)
    assert.ok(details.renewsAt! < details.notAfter!)
  })

  it('shows it to openssl s_client', { skip: withoutOpenssl }, async () => {
    const file = join(book.dir, '..', `roots-${process.pid}.pem`)
    writeFileSync(file, (await book.mesh(['identity', book.dir, '--roots'])).stdout)
    const { host } = await addressOf('details-v1')
    const ask = ['s_client', '-connect', `${host}:9080`, '-alpn', 'istio', '-CAfile', file, '-verify_return_error']
    const { stdout } = spawnSync('openssl', ask, { input: '', encoding: 'utf8' })
    rmSync(file)
    assert.match(stdout, /Verify return code: 0 \(ok\)/)
    const shown = spawnSync('openssl', ['x509', '-noout', '-ext', 'subjectAltName'], {
      input: stdout,
      encoding: 'utf8',
    })
    assert.match(shown.stdout, /critical\s+URI:spiffe:\/\/cluster\.local\/ns\/bookinfo\/sa\/details/)
  })

  it('keeps keys to itself', async () => {
    const config = await book.mesh(['proxy', 'config', 'details-v1', '--format', 'json', '--dir', book.dir])
    assert.doesNotMatch(config.stdout, /PRIVATE KEY|BEGIN CERTIFICATE/)
    assert.match(config.stdout, /tls_certificate_sds_secret_configs/)
  })
})
