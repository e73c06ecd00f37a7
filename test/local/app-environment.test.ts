import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { appEnvironment, baseEnvironment } from '../../src/local/app-environment.ts'
import type { Mesh } from '../../src/model/mesh.ts'
import type { ProxyPlacement } from '../../src/model/placement.ts'
import type { Service } from '../../src/model/service.ts'
import type { Workload } from '../../src/model/workload.ts'

function service(
  name: string,
  namespace: string,
  ports: readonly [string, number, Service['ports'][number]['protocol']][],
): Service {
  return {
    ...{ name, namespace, at: '', host: `${name}.${namespace}.svc.cluster.local`, selector: {}, labels: {} },
    ports: ports.map(([name, number, protocol]) => ({
      name,
      number,
      targetPort: number,
      protocol,
      declared: true,
      at: '',
    })),
  }
}

const outside: Service = {
  ...service('api.pay.example', 'shop', [
    ['http', 80, 'HTTP'],
    ['tls', 443, 'TLS'],
  ]),
  host: 'api.pay.example',
  entry: {
    isExternal: true,
    resolution: 'DNS',
    addresses: [],
    endpoints: [],
    subjectAltNames: [],
  },
}

const services = [
  service('book-details', 'shop', [
    ['http', 9080, 'HTTP'],
    ['admin', 9090, 'HTTP'],
  ]),
  service('db', 'data', [['tcp', 5432, 'TCP']]),
  service('web', 'shop', [['http', 80, 'HTTP']]),
  service('db', 'shop', [['tcp', 5432, 'TCP']]),
  outside,
]
const none = {
  namespaces: [],
  serviceAccounts: [],
  workloads: [],
  machines: [],
  gateways: [],
  routings: [],
  destinations: [],
  scopes: [],
  peerPolicies: [],
  accessPolicies: [],
  tokenPolicies: [],
  proxyPatches: [],
  proxyExtensions: [],
  telemetries: [],
  rootNamespaces: [],
}
const mesh: Mesh = { domain: 'cluster.local', services, ...none }
const outbound = services.flatMap(({ host, ports }, index) =>
  ports.map(({ number }, port) => ({
    host,
    port: number,
    listen: { address: `127.1.0.${10 + index}`, port: number + port },
  })),
)
const proxy: ProxyPlacement = {
  ...{
    name: 'page-v1',
    namespace: 'shop',
    kind: 'sidecar',
    workload: 'page-v1',
    address: '127.1.0.1',
    servers: [],
    outbound,
  },
  inbound: [8080, 8081].map(port => ({
    port,
    listen: { address: '127.1.0.1', port },
    app: { address: '127.1.0.1', port: port + 10_000 },
  })),
}

function environment(env: Record<string, string>, own: ProxyPlacement = proxy): { [name: string]: string } {
  const container = { env: Object.entries(env).map(([name, value]) => ({ name, value, at: '' })), ports: [] }
  const workload: Workload = {
    ...{ name: 'page-v1', namespace: 'shop', at: '', labels: {}, serviceAccount: 'page', replicas: 1 },
    container,
  }
  return appEnvironment({ mesh, workload, proxy: own, base: { PATH: '/bin' } })
}

describe('the environment of an application', () => {
  it('says where to listen, whatever the config says', () => {
    const { HOST, PORT, PORT_8081 } = environment({ PORT: '1', HOST: '0.0.0.0' })
    assert.deepEqual([HOST, PORT, PORT_8081], ['127.1.0.1', '18080', '18081'])
  })

  it('says where to listen for datagrams, be there anything else or not', () => {
    const datagrams = [53, 5301].map(port => ({ port, app: { address: '127.1.0.1', port: port + 10_000 } }))
    const both = environment({ UDP_PORT: '53' }, { ...proxy, datagrams })
    assert.deepEqual([both['UDP_PORT'], both['UDP_PORT_5301'], both['PORT']], ['10053', '15301', '18080'])
    const { HOST, PORT, UDP_PORT } = environment({}, { ...proxy, inbound: [], datagrams })
    assert.deepEqual([HOST, PORT, UDP_PORT], ['127.1.0.1', undefined, '10053'])
    assert.equal(environment({})['UDP_PORT'], undefined)
  })

  it('names whom it calls, by the service and by its further ports', () => {
    const { BOOK_DETAILS_URL, BOOK_DETAILS_ADMIN_URL, DB_URL } = environment({})
    assert.equal(BOOK_DETAILS_URL, 'http://127.1.0.10:9080')
    assert.equal(BOOK_DETAILS_ADMIN_URL, 'http://127.1.0.10:9091')
    assert.equal(DB_URL, 'tcp://127.1.0.13:5432', 'the one of its own namespace')
  })

  it('rewrites what names a service as it is called in a cluster, and nothing else', () => {
    const rewritten = {
      A: ['http://book-details:9080/v1?x=1', 'http://127.1.0.10:9080/v1?x=1'],
      B: ['db.data:5432', '127.1.0.11:5432'],
      C: ['postgres://db.data.svc.cluster.local:5432/books', 'postgres://127.1.0.11:5432/books'],
      D: ['http://web', 'http://127.1.0.12:80'],
      E: ['http://book-details:1234', 'http://book-details:1234'],
      F: ['web', 'web'],
      G: ['https://api.example.com:443', 'https://api.example.com:443'],
      H: ['black', 'black'],
    } as const
    const found = environment(Object.fromEntries(Object.entries(rewritten).map(([name, [from]]) => [name, from])))
    for (const [name, [from, to]] of Object.entries(rewritten)) assert.equal(found[name], to, from)
  })

  it('names an outside host by its own name', () => {
    const { API_PAY_EXAMPLE_URL, API_PAY_EXAMPLE_TLS_URL, PLAIN, SECURE } = environment({
      PLAIN: 'http://api.pay.example/v1',
      SECURE: 'https://api.pay.example/v1',
    })
    assert.equal(API_PAY_EXAMPLE_URL, 'http://127.1.0.14:80')
    assert.equal(API_PAY_EXAMPLE_TLS_URL, 'tcp://127.1.0.14:444')
    assert.equal(PLAIN, 'http://127.1.0.14:80/v1')
    assert.equal(SECURE, 'https://api.pay.example/v1', 'a client of TLS has to know whose certificate it is shown')
  })

  it('has nothing of the user’s shell but what a program needs', () => {
    const env = {
      HOME: '/home/me',
      PATH: '/usr/bin',
      AWS_SECRET_ACCESS_KEY: 'secret',
      NODE_OPTIONS: '--inspect',
      LANG: 'C',
    }
    assert.deepEqual(baseEnvironment(env, { nodeFolder: '/opt/node/bin', instance: 'abc' }), {
      ...{ HOME: '/home/me', LANG: 'C', PATH: '/opt/node/bin:/usr/bin', MESHWRIGHT_INSTANCE: 'abc' },
    })
  })
})
