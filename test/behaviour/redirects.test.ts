/** Where clients of a real gateway are led by redirects: by the port that they know, and without one that goes without saying. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { makeCertificate, withoutOpenssl } from '../golden/make-certificate.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { type GatewayServer, type Scene, type SceneRow, startScene } from './scene.ts'

const listenerPorts = [80, 8000, 443] as const
type ListenerPort = (typeof listenerPorts)[number]

interface Row {
  readonly does: string
  /** Of an HTTPRoute. */
  readonly api?: object
  /** Of a VirtualService. */
  readonly istio?: object
  readonly port: ListenerPort
  /** It is for more hosts than the one that is asked for. */
  readonly isWide?: true
  /** Of the request's host, behind its name. */
  readonly said?: string
  /** Where to, `HOST` being the request's own name. In brackets: the port that the gateway binds for the listener. */
  readonly to: string
}

const elsewhere = 'new.example'
const secure = { scheme: 'https' }

const mappedRows: readonly Row[] = [
  { does: 'to another host', api: { hostname: elsewhere }, port: 80, to: 'http://new.example/' },
  { does: 'to another host', api: { hostname: elsewhere }, port: 8000, to: 'http://new.example:8000/' },
  { does: 'to another host', api: { hostname: elsewhere }, port: 443, to: 'https://new.example/' },
  { does: 'to https', api: secure, port: 80, to: 'https://HOST/' },
  { does: 'to https', api: secure, port: 8000, said: ':8000', to: 'https://HOST/' },
  { does: 'to https', api: secure, port: 80, isWide: true, to: 'https://HOST/' },
  { does: 'to https', api: secure, port: 8000, said: ':8000', isWide: true, to: 'https://HOST:443/' },
  { does: 'to https elsewhere', api: { ...secure, hostname: elsewhere }, port: 8000, to: 'https://new.example/' },
  { does: 'to a port', api: { port: 8443 }, port: 80, said: ':80', to: 'http://HOST:8443/' },
  { does: 'to a port that is the scheme’s', api: { ...secure, port: 443 }, port: 80, to: 'https://HOST/' },
  {
    does: 'to another path',
    api: { path: { type: 'ReplaceFullPath', replaceFullPath: '/b' } },
    port: 80,
    to: 'http://HOST/b',
  },
  {
    does: 'to another path',
    api: { path: { type: 'ReplaceFullPath', replaceFullPath: '/b' } },
    port: 8000,
    to: 'http://HOST:8000/b',
  },
  {
    does: 'to the port that was called',
    istio: { authority: elsewhere, derivePort: 'FROM_REQUEST_PORT' },
    port: 80,
    to: 'http://new.example/',
  },
  {
    does: 'to the port that was called',
    istio: { uri: '/b', derivePort: 'FROM_REQUEST_PORT' },
    port: 8000,
    said: ':30080',
    to: 'http://HOST:8000/b',
  },
  {
    does: 'to the protocol’s own port',
    istio: { ...secure, derivePort: 'FROM_PROTOCOL_DEFAULT' },
    port: 80,
    to: 'https://HOST/',
  },
  {
    does: 'to the protocol’s own port',
    istio: { ...secure, derivePort: 'FROM_PROTOCOL_DEFAULT' },
    port: 8000,
    said: ':8000',
    to: 'https://HOST/',
  },
]

const boundRows: readonly Row[] = [
  { does: 'to another host', api: { hostname: elsewhere }, port: 80, to: 'http://new.example:[80]/' },
  {
    does: 'to the port that was called',
    istio: { authority: elsewhere, derivePort: 'FROM_REQUEST_PORT' },
    port: 80,
    to: 'http://new.example:[80]/',
  },
  { does: 'to https', api: secure, port: 80, to: 'https://HOST/' },
]

describe('redirects at a gateway', { skip: withoutEnvoy || withoutOpenssl }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-redirects-'))
  before(() => assert.ok(makeCertificate(folder)))
  after(() => rmSync(folder, { recursive: true }))

  for (const { whom, isMapped, rows } of [
    { whom: 'that is reached through a Service', isMapped: true, rows: mappedRows },
    { whom: 'that is reached where it listens', isMapped: false, rows: boundRows },
  ])
    describe(whom, () => {
      let scene: Scene
      before(async () => {
        const servers = serversWith(folder)
        const options = isMapped ? { servers, isMapped: true as const } : { servers }
        const [first, ...more] = rows.map(sceneRow)
        scene = await startScene([{ ...first!, resources: [apiGateway, ...first!.resources] }, ...more], options)
      })
      after(() => scene?.[Symbol.asyncDispose]())
      for (const [index, row] of rows.entries())
        it(titleOf(row), async () => {
          const host = hostOf(row, index)
          const bound = scene.gatewayPortOf(row.port)
          const wanted = row.to.replace('HOST', host).replace(`[${row.port}]`, String(bound))
          assert.equal(await locationFor(`${host}${row.said ?? ''}`, bound, row.port === 443), wanted)
        })
    })
})

function titleOf({ does, port, said, isWide }: Row): string {
  const details = [`from port ${port}`, said && `said as ${said}`, isWide && 'of any of several hosts']
  return [`lead ${does}`, ...details.filter(Boolean)].join(', ')
}

const nameOf = (index: number) => `s${index}`
const hostOf = ({ isWide }: Row, index: number) => `${isWide ? 'one.' : ''}${nameOf(index)}.example.com`

function serversWith(folder: string): GatewayServer[] {
  const certificate = { serverCertificate: join(folder, 'cert.pem'), privateKey: join(folder, 'key.pem') }
  return listenerPorts.map(number => ({
    port: { number, name: `p${number}`, protocol: number === 443 ? 'HTTPS' : 'HTTP' },
    hosts: ['*'],
    ...(number === 443 ? { tls: { mode: 'SIMPLE', ...certificate } } : {}),
  }))
}

/** Its secure listener would have to name a Secret; there, VirtualServices stand for the same. */
const apiGateway: Resource = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'front' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [80, 8000].map(port => ({ name: `p${port}`, port, protocol: 'HTTP' })),
  },
}

function sceneRow({ api, istio, port, isWide }: Row, index: number): SceneRow {
  const name = nameOf(index)
  const hosts = [`${isWide ? '*.' : ''}${name}.example.com`]
  const isApi = api !== undefined && port !== 443
  const resource: Resource = isApi
    ? {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name },
        spec: {
          parentRefs: [{ name: 'front' }],
          hostnames: hosts,
          rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: api }] }],
        },
      }
    : {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name },
        spec: {
          hosts,
          gateways: ['edge'],
          http: [{ redirect: istio ?? { authority: elsewhere, derivePort: 'FROM_REQUEST_PORT' } }],
        },
      }
  return { service: name, protocol: 'http', ports: {}, resources: [resource] }
}

function locationFor(host: string, port: number, isSecure: boolean): Promise<string | undefined> {
  const options = { host: ownAddress, port, headers: { host }, agent: false, timeout: 10_000 }
  return new Promise((done, fail) => {
    const asked = isSecure
      ? secureRequest({ ...options, rejectUnauthorized: false }, response => done(response.headers.location))
      : plainRequest(options, response => done(response.headers.location))
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', fail).end()
  })
}
