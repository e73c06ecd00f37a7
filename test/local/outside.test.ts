/** Programs call hosts outside of the mesh, and machines, through real Envoys: servers here, and nothing that needs a network. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { getPage } from './ask.ts'
import { type Bookinfo, bookinfo } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

/** Asks whom its environment names, and says what it heard. */
const program = `
import { createServer } from 'node:http'
import { connect } from 'node:net'

const { HOST, PORT, ...env } = process.env
createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://front')
  const target = env[searchParams.get('of')]
  try {
    if (target === undefined) response.end('nobody')
    else if (target.startsWith('http:')) response.end(await (await fetch(target + pathname)).text())
    else connect(new URL(target).port, new URL(target).hostname).on('error', error => response.end(String(error))).pipe(response)
  } catch (error) {
    response.end(String(error))
  }
}).listen(PORT, HOST)
`

/** @param stock where the machine answers */
function mesh({ web, bytes, stock }: { readonly web: number; readonly bytes: number; readonly stock: number }): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: front }
spec: { selector: { app: front }, ports: [{ name: http, port: 8000 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: front }
spec:
  selector: { matchLabels: { app: front } }
  template:
    metadata: { labels: { app: front } }
    spec: { containers: [{ name: front, image: front, command: [node, app/front.js] }] }
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
  http:
    - match: [{ uri: { prefix: /straight } }]
      timeout: 9s
      rewrite: { authority: fixed.example }
      route: [{ destination: { host: fixed.example, port: { number: 80 } } }]
    - timeout: 9s
      route: [{ destination: { host: front } }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: fixed }
spec:
  hosts: [fixed.example]
  ports:
    - { number: 80, name: http, protocol: HTTP, targetPort: ${web} }
    - { number: 5432, name: tcp, protocol: TCP, targetPort: ${bytes} }
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1 }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: looked-up }
spec:
  hosts: [named.example]
  ports:
    - { number: 8080, name: http, protocol: HTTP }
    - { number: 443, name: tls, protocol: TLS }
  resolution: DNS
  endpoints: [{ address: localhost, ports: { http: ${web}, tls: ${bytes} } }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: one-name }
spec:
  hosts: [robin.example]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: DNS_ROUND_ROBIN
  endpoints: [{ address: localhost, ports: { http: ${web} } }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: itself }
spec:
  hosts: [localhost]
  ports: [{ number: ${web}, name: http, protocol: HTTP }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: nowhere }
spec:
  hosts: [nowhere.invalid]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: DNS
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: nobody }
spec:
  hosts: [nobody.invalid]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: DNS_ROUND_ROBIN
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: addressed }
spec:
  hosts: [db.example]
  addresses: [127.0.0.1]
  ports: [{ number: ${bytes}, name: tcp, protocol: TCP }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: moved }
spec:
  hosts: [robin.example]
  http:
    - match: [{ uri: { prefix: /gone } }]
      directResponse: { status: 410, body: { string: gone } }
    - timeout: 9s
      route: [{ destination: { host: robin.example } }]
---
apiVersion: v1
kind: Service
metadata: { name: stock }
spec: { selector: { app: stock }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: stock-vm }
spec: { address: 127.0.0.1, ports: { http: ${stock} }, labels: { app: stock } }
`
}

/** A web server that says who it is and for whom it was asked. */
async function webServer(name: string): Promise<Server> {
  const server = createServer(({ headers, url }, response) => response.end(`${name} ${headers.host} ${url}`))
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return server
}

const portOf = (server: SocketServer) => (server.address() as AddressInfo).port

describe('hosts outside of the mesh', { skip: withoutEnvoy }, () => {
  const servers: SocketServer[] = []
  let book: Bookinfo
  let ports: { readonly web: number; readonly bytes: number; readonly stock: number }

  before(async () => {
    const [web, stock] = [await webServer('web'), await webServer('stock')]
    const bytes = createSocketServer(socket => void socket.on('error', () => {}).end('bytes'))
    await new Promise<void>(done => bytes.listen(0, '127.0.0.1', done))
    servers.push(web, stock, bytes)
    ports = { web: portOf(web), bytes: portOf(bytes), stock: portOf(stock) }
    book = await bookinfo('127.95.0.0', 'hello')
    rmSync(join(book.dir, 'mesh.ts'))
    mkdirSync(join(book.dir, 'app'), { recursive: true })
    writeFileSync(join(book.dir, 'app/front.js'), program)
    writeFileSync(join(book.dir, 'mesh.yaml'), mesh(ports))
    const up = await book.mesh(['up', book.dir, '--detach', ...book.flags])
    assert.equal(up.code, 0, up.stderr)
  })
  after(async () => {
    await book?.remove()
    for (const server of servers) server.close()
  })

  /** What the program hears from whom this variable names. */
  const hear = async (variable: string, path = '/') => (await page(`${path}?of=${variable}`)).body
  const page = (path: string) => getPage(`http://127.0.0.1:${book.port}${path}`)

  it('are called at fixed addresses, by HTTP in their own name and by TCP', async () => {
    assert.equal(await hear('FIXED_EXAMPLE_URL', '/a'), 'web fixed.example /a')
    assert.equal(await hear('FIXED_EXAMPLE_TCP_URL'), 'bytes')
  })

  it('are looked up, and asked for as their port has it', async () => {
    assert.equal(await hear('NAMED_EXAMPLE_URL', '/a'), 'web named.example:8080 /a')
    assert.equal(await hear('NAMED_EXAMPLE_TLS_URL'), 'bytes')
    assert.equal(await hear('ROBIN_EXAMPLE_URL', '/a'), 'web robin.example /a')
  })

  it('are found though only their callers know where they are', async () => {
    assert.equal(await hear('LOCALHOST_URL', '/a'), `web localhost:${ports.web} /a`)
    assert.equal(await hear('DB_EXAMPLE_URL'), 'bytes')
  })

  it('keep nobody from starting that are not to be found', async () => {
    for (const variable of ['NOWHERE_INVALID_URL', 'NOBODY_INVALID_URL'])
      assert.match(await hear(variable), /^(no healthy upstream|upstream connect error)/)
  })

  it('have routes', async () => {
    assert.equal(await hear('ROBIN_EXAMPLE_URL', '/gone'), 'gone')
  })

  it('are led to by a gateway', async () => {
    assert.equal((await page('/straight')).body, 'web fixed.example /straight')
  })

  it('a machine stands behind a Service, and follows its entry', async () => {
    assert.match(await hear('STOCK_URL', '/a'), /^stock 127\.\S+ \/a$/)
    writeFileSync(join(book.dir, 'mesh.yaml'), mesh({ ...ports, stock: ports.web }))
    await eventually('the machine has moved', async () => /^web /.test(await hear('STOCK_URL')))
  })
})
