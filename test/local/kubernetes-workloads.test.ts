/** What runs pods in Kubernetes is run here, and called through real Envoys; what is to run once is not. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { getPage } from './ask.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'

/** Says who it is, and what whom it calls has said. */
const program = `
import { createServer } from 'node:http'

const { HOST, PORT, NAME, DB_URL, LEGACY_URL } = process.env
const ask = async url => (await fetch(url)).text()
createServer(async (request, response) => {
  if (NAME !== 'front') response.end(NAME)
  else response.end(['front', await ask(DB_URL), await ask(LEGACY_URL)].join(' '))
}).listen(PORT, HOST)
`

const container = (name: string) =>
  `{ name: ${name}, image: ${name}, command: [node, app/main.js], env: [{ name: NAME, value: ${name} }], ports: [{ containerPort: 8000 }] }`

/** @param legacy the port at which a program answers that is none of the mesh's */
const mesh = (legacy: number) => `
apiVersion: v1
kind: Service
metadata: { name: front }
spec: { selector: { app: front }, ports: [{ name: http, port: 8000 }] }
---
apiVersion: v1
kind: Service
metadata: { name: db }
spec: { clusterIP: None, selector: { app: db }, ports: [{ name: http, port: 8000 }] }
---
apiVersion: v1
kind: Service
metadata: { name: legacy }
spec: { ports: [{ name: http, port: 8000 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: legacy-1, labels: { kubernetes.io/service-name: legacy } }
addressType: IPv4
endpoints: [{ addresses: [127.0.0.1] }]
ports: [{ name: http, port: ${legacy} }]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template: { metadata: { labels: { app: db } }, spec: { containers: [${container('db')}] } }
---
apiVersion: v1
kind: Pod
metadata: { name: front, labels: { app: front } }
spec: { containers: [${container('front')}] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: front }
spec:
  template:
    spec: { restartPolicy: Never, containers: [{ name: once, command: [node, app/once.js] }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: entrance }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 8080, name: http, protocol: HTTP }, hosts: ['*'] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: front }
spec:
  hosts: ['*']
  gateways: [entrance]
  http: [{ timeout: 9s, route: [{ destination: { host: front } }] }]
`

describe('what runs pods', { skip: withoutEnvoy }, () => {
  let book: Bookinfo
  let told: string
  const legacy = createServer((_, response) => response.end('legacy'))

  before(async () => {
    await new Promise<void>(done => legacy.listen(0, '127.0.0.1', done))
    book = await bookinfo('127.99.0.0', 'hello')
    rmSync(join(book.dir, 'mesh.ts'))
    mkdirSync(join(book.dir, 'app'), { recursive: true })
    writeFileSync(join(book.dir, 'app/main.js'), program)
    writeFileSync(join(book.dir, 'app/once.js'), `require('node:fs').writeFileSync('ran', '')`)
    writeFileSync(join(book.dir, 'mesh.yaml'), mesh((legacy.address() as AddressInfo).port))
    const up = await book.mesh(['up', book.dir, '--detach', ...book.flags])
    assert.equal(up.code, 0, up.stderr)
    told = up.stderr
  })
  after(async () => {
    await book?.remove()
    legacy.close()
  })

  it('runs here, and is called by its Service, as is what an EndpointSlice names', async () => {
    assert.deepEqual(await getPage(`http://127.0.0.1:${book.port}/`), { status: 200, body: 'front db legacy' })
  })

  it('has a proxy and no program where it is to run once, and nobody is asked for its command', async () => {
    const { workloads, proxies } = await book.status()
    assert.equal(proxies.filter(({ kind, accepted }) => kind === 'sidecar' && accepted).length, 3)
    const states = workloads.map(({ name, state }) => [name, state])
    assert.deepEqual(states, [
      ['db', 'running'],
      ['front', 'running'],
      ['front.job', 'absent'],
    ])
    assert.equal(existsSync(join(book.dir, 'ran')), false)
    assert.doesNotMatch(told, /does not say how to start/)
  })
})
