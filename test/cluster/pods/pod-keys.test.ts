/** Keys that the kubelet has made: pods that call each other by them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { PeerCertificate } from 'node:tls'
import { connect } from 'node:tls'
import { eventually } from '../../support/xds-server.ts'
import { askForMutualTls, type InstalledBookinfo, installedBookinfo, mesh } from '../bookinfo.ts'
import { cannotRun, kubectl, stopCluster } from '../cluster.ts'

const skip = cannotRun() ?? false

describe('pods with keys of their own', { skip }, () => {
  let book: InstalledBookinfo
  before(async () => {
    book = await installedBookinfo({ set: ['identity.key=pod'], podCertificates: true })
    await askForMutualTls()
  })
  after(async () => {
    book?.remove()
    await stopCluster()
  })

  /** What a pod's proxy shows to whoever calls it. */
  async function shownBy(app: string): Promise<PeerCertificate> {
    const host = await kubectl('get', 'pod', '-l', `app=${app}`, '-o', 'jsonpath={.items[0].status.podIP}')
    const { stdout: ca } = await mesh('identity', '--cluster', '--roots')
    return new Promise((resolve, reject) => {
      const options = { host, port: 9080, ca, ALPNProtocols: ['istio'], checkServerIdentity: () => undefined }
      const socket = connect(options, () => {
        resolve(socket.getPeerCertificate())
        socket.destroy()
      })
      socket.once('error', reject)
    })
  }
  const serialOf = ({ serialNumber }: PeerCertificate) => serialNumber.toLowerCase().padStart(32, '0')
  const known = async (app: string) => (await book.identities()).find(({ proxy }) => proxy.startsWith(`${app}-`))

  it('call each other by mutual TLS, with what their kubelet asked for', async () => {
    await eventually('the page', async () => (await fetch(book.page)).status === 200)
    const identities = await eventually(
      'all have accepted what they were told',
      async () => {
        const found = await book.identities()
        return found.length === 7 && found.every(({ accepted }) => accepted) ? found : undefined
      },
      60_000,
    )
    assert.deepEqual(
      identities.map(({ key, serial }) => [key, serial === null]),
      Array(7).fill(['pod', false]),
    )
    const first = await shownBy('details')
    assert.equal(first.subjectaltname, 'URI:spiffe://cluster.local/ns/default/sa/details')
    assert.equal(serialOf(first), (await known('details'))?.serial)
  })
})
