/**
 * The classic tutorial on a real cluster, with nothing but Meshwright: from an empty one to a page that is served through an
 * ingress gateway between mutually authenticated sidecars. Prints each step.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { parse } from 'yaml'
import { makeCertificate, withoutOpenssl } from '../../golden/make-certificate.ts'
import { getPage } from '../../local/ask.ts'
import { eventually } from '../../support/xds-server.ts'
import { bookinfoFolder, gatewayUrl, mesh } from '../bookinfo.ts'
import { cannotRun, kubectl, kubectlApply, startCluster, stopCluster } from '../cluster.ts'
import { loadImages } from '../images.ts'

const skip = cannotRun() ?? false

const started = performance.now()
function step(line: string): void {
  console.log(`# ${((performance.now() - started) / 1000).toFixed(1)} s: ${line}`)
}

/** What kubectl shows of each pod of a namespace: how many of its containers are ready, and of how many. */
async function readyIn(namespace: string): Promise<string[]> {
  const lines = (await kubectl('get', 'pods', '-n', namespace, '--no-headers')).trim().split('\n')
  return lines.map(line => line.trim().split(/\s+/)[1] ?? '')
}

/** GETs from within a pod; status 0 where nothing answers. */
async function podOfJob(name: string): Promise<string> {
  return kubectl('get', 'pods', '-l', `job-name=${name}`, '-o', 'jsonpath={.items[0].metadata.name}')
}

async function fetchIn(pod: string, url: string): Promise<{ readonly status: number; readonly body: string }> {
  const [namespace, name, container] = pod.split('/')
  const curl = ['curl', '-s', '-m', '5', '-w', '\n%{http_code}', url]
  try {
    const text = await kubectl('exec', '-n', namespace!, name!, '-c', container!, '--', ...curl)
    const at = text.lastIndexOf('\n')
    return { status: Number(text.slice(at + 1)), body: text.slice(0, at) }
  } catch {
    return { status: 0, body: '' }
  }
}

const policy = (kind: string, name: string, namespace: string, spec: object) => ({
  apiVersion: 'security.istio.io/v1',
  kind,
  metadata: { name, namespace },
  spec,
})

describe('the tutorial, on a real cluster', { skip }, () => {
  // As in the tutorial, all is in the namespace that is there from the beginning.
  const book = bookinfoFolder()
  let page = ''

  before(async () => {
    await startCluster()
    step('the cluster runs')
    await loadImages()
    step('images are made of the project and loaded')
  })
  after(async () => {
    rmSync(book, { recursive: true })
    await stopCluster()
  })

  it('installs the demo profile, and installing again changes nothing', async () => {
    const { stderr } = await mesh(
      'install',
      '--profile',
      'demo',
      '--set',
      'gateway.serviceType=NodePort',
      '--wait',
      '120',
    )
    assert.match(stderr, /Meshwright runs in mesh-system/)
    const again = await mesh('install', '--profile', 'demo', '--set', 'gateway.serviceType=NodePort', '--wait', '60')
    assert.match(again.stderr, /\(0 of \d+ resources changed\)/)
    step('demo profile installed')
  })

  it('injects six pods of Bookinfo', async () => {
    await kubectl('label', 'namespace', 'default', 'meshwright.dev/injection=enabled')
    await mesh('apply', book)
    await eventually(
      'six pods with two ready containers each',
      async () => {
        const ready = await readyIn('default')
        return ready.length === 6 && ready.every(text => text === '2/2')
      },
      120_000,
    )
    step('6 pods, each with its proxy')
  })

  it('serves the page within the mesh, before anything is routed', async () => {
    const title = await eventually('the title', async () => {
      const { body } = await fetchIn(`default/${await podOf('ratings')}/ratings`, 'productpage:9080/productpage')
      return /<title>(.*)<\/title>/.exec(body)?.[1]
    })
    assert.equal(title, 'Simple Bookstore App')
    step('kubectl exec in ratings: curl productpage:9080/productpage prints the title')
  })

  it('serves it from outside, through the gateway', async () => {
    page = `${await gatewayUrl()}/productpage`
    await eventually('the page', async () => (await getPage(page)).status === 200)
    const seen = new Set<string>()
    // Endpoints come when the cluster's own controllers have seen that pods are ready.
    await eventually('all three versions', async () => {
      seen.add(/data-stars="(\w+)"/.exec((await getPage(page)).body)?.[1] ?? 'no reviews')
      return seen.size === 3
    })
    assert.deepEqual([...seen].sort(), ['black', 'none', 'red'])
    step(`the page from outside: ${page}, with all three versions of the reviews`)
  })

  it('asks for mutual TLS in the whole mesh: plain text from outside it fails, and the mesh goes on', async () => {
    await kubectl('create', 'namespace', 'outside')
    await kubectl('run', 'caller', '-n', 'outside', '--image=toolbox:1', '--image-pull-policy=IfNotPresent')
    await kubectl('wait', '-n', 'outside', '--for=condition=Ready', 'pod/caller', '--timeout=60s')
    const url = 'http://details.default:9080/details/0'
    assert.equal((await fetchIn('outside/caller/caller', url)).status, 200, 'PERMISSIVE lets plain text in')
    await kubectlApply(policy('PeerAuthentication', 'default', 'mesh-system', { mtls: { mode: 'STRICT' } }))
    await eventually('plain text is refused', async () => (await fetchIn('outside/caller/caller', url)).status === 0)
    const { status, body } = await getPage(page)
    assert.equal(status, 200)
    assert.match(body, /William Shakespeare/)
    await eventually('details saw who called, by certificate', async () => {
      const log = await kubectl('logs', '-l', 'app=details', '-c', 'mesh-proxy', '--tail=50')
      return log.includes('"peer_identity":"spiffe://cluster.local/ns/default/sa/productpage"')
    })
    step('STRICT: a pod without a proxy is refused, the mesh goes on')
  })

  it('lets a Job call the mesh and end, with its proxy', async () => {
    const container = {
      name: 'once',
      image: 'toolbox:1',
      imagePullPolicy: 'IfNotPresent',
      command: ['curl', '-sf', '-m', '10', 'http://details:9080/details/0'],
    }
    await kubectlApply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: 'default' },
      spec: { backoffLimit: 2, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    })
    await kubectl('wait', '--for=condition=Complete', 'job/once', '--timeout=120s')
    assert.match(await kubectl('logs', 'job/once', '-c', 'once'), /William Shakespeare/)
    const started = await kubectl('get', 'pods', '-l', 'job-name=once', '-o', 'jsonpath={..initContainers[*].name}')
    assert.match(started, /mesh-proxy/)
    // It exits with 1 where something looks wrong.
    const { stdout } = await mesh('describe', 'pod', await podOfJob('once'))
    assert.match(stdout, /^Pod default\/once-/)
    step('a Job calls details under STRICT, and ends with its proxy')
  })

  it('lets only the page reach the details, by an AuthorizationPolicy', async () => {
    await kubectl('run', 'other', '--image=toolbox:1', '--image-pull-policy=IfNotPresent')
    await kubectl('wait', '--for=condition=Ready', 'pod/other', '--timeout=60s')
    const url = 'http://details:9080/details/0'
    await eventually(
      'whoever is in the mesh may ask',
      async () => (await fetchIn('default/other/other', url)).status === 200,
    )
    await kubectlApply(
      policy('AuthorizationPolicy', 'details', 'default', {
        selector: { matchLabels: { app: 'details' } },
        action: 'ALLOW',
        rules: [{ from: [{ source: { principals: ['cluster.local/ns/default/sa/productpage'] } }] }],
      }),
    )
    await eventually('others get 403', async () => (await fetchIn('default/other/other', url)).status === 403)
    const { status, body } = await getPage(page)
    assert.equal(status, 200)
    assert.match(body, /1595/, 'the page has the details')
    step('AuthorizationPolicy: the page reaches the details, others get 403')
  })

  it('injects a file as the webhook injects a pod', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'odd',
        namespace: 'default',
        labels: { app: 'odd' },
        annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': '3306' },
      },
      spec: {
        terminationGracePeriodSeconds: 1,
        initContainers: [{ name: 'first', image: 'toolbox:1', command: ['true'] }],
        containers: [
          {
            name: 'odd',
            image: 'toolbox:1',
            ports: [{ name: 'web', containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/ready', port: 'web' } },
            livenessProbe: { tcpSocket: { port: 'web' }, periodSeconds: 30 },
          },
        ],
      },
    }
    const file = join(book, 'odd.json')
    writeFileSync(file, JSON.stringify(pod))
    const { stdout } = await mesh('inject', '-f', file, '--profile', 'demo')
    const offline = parse(stdout) as typeof pod
    // The one where the webhook looks, the other where nobody does.
    await kubectlApply(pod, { ...offline, metadata: { ...offline.metadata, namespace: 'outside' } })
    const [byWebhook, byFile] = await Promise.all(
      ['default', 'outside'].map(async namespace =>
        asWritten(await kubectl('get', 'pod', 'odd', '-n', namespace, '-o', 'json')),
      ),
    )
    assert.deepEqual(byFile, byWebhook)
    rmSync(file)
    step('mesh inject -f makes what the webhook makes')
  })

  it('serves the page over TLS, with a Secret that the gateway names', { skip: withoutOpenssl }, async () => {
    const folder = join(book, 'tls')
    makeCertificate(folder)
    const [cert, key] = ['cert.pem', 'key.pem'].map(file => readFileSync(join(folder, file), 'utf8'))
    rmSync(folder, { recursive: true })
    const istio = { apiVersion: 'networking.istio.io/v1', metadata: { name: 'secure', namespace: 'default' } }
    const server = { port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts: ['*'] }
    const tls = { mode: 'SIMPLE', credentialName: 'shop' }
    const route = [{ destination: { host: 'productpage', port: { number: 9080 } } }]
    await kubectlApply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { name: 'shop', namespace: 'mesh-system' },
        stringData: { 'tls.crt': cert, 'tls.key': key },
      },
      { ...istio, kind: 'Gateway', spec: { selector: { istio: 'ingressgateway' }, servers: [{ ...server, tls }] } },
      { ...istio, kind: 'VirtualService', spec: { hosts: ['*'], gateways: ['secure'], http: [{ route }] } },
    )
    const port = 'jsonpath={.spec.ports[?(@.name=="https")].nodePort}'
    const node = await kubectl('get', 'service', '-n', 'mesh-system', 'mesh-ingressgateway', '-o', port)
    const { serialNumber } = new X509Certificate(cert!)
    await eventually(
      'the page under that certificate',
      () => shown(Number(node)).then(seen => seen === serialNumber),
      60_000,
    )
    step('TLS at the gateway, with a Secret')
  })

  it('refuses what mesh check calls an error, in the same words', async () => {
    // What the definitions' own rules refuse does not get as far as the webhook.
    const wrong = policy('AuthorizationPolicy', 'wrong', 'default', { action: 'DENY' })
    await assert.rejects(kubectlApply(wrong), /\[MW3102\] AuthorizationPolicy "wrong": spec needs/)
    step('the validating webhook speaks as mesh check does')
  })

  it('leaves proxies to istiod where it is told to, and says so', async () => {
    await assert.rejects(
      mesh('upgrade', '--target', 'istio'),
      /serves \d+ proxies, in default, mesh-system, outside: with target istio nobody serves them any more/,
    )
    const { stderr } = await mesh('upgrade', '--target', 'istio', '--force', '--wait', '120')
    assert.match(stderr, /MutatingWebhookConfiguration mesh-injector deleted/)
    await eventually('a replica that says so', async () =>
      (await mesh('status', '--cluster')).stdout.includes('beside Istio (target istio)'),
    )
    // The new replica takes the Lease within seconds; until then something is to mend, by which the command fails.
    const found = await eventually(
      'nothing to mend',
      () =>
        mesh('verify').then(
          ({ stdout }) => stdout,
          () => undefined,
        ),
      60_000,
    )
    assert.match(found, /control plane: 1 replica, beside Istio/)
    assert.doesNotMatch(found, /✖/)
    step('beside Istio: checks, and serves nothing')
  })
})

/** Serial number of the certificate under which a page is served; undefined where none is. */
function shown(port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const options = { host: '127.0.0.1', port, path: '/productpage', rejectUnauthorized: false, agent: false }
    get(options, response => {
      resolve(
        response.statusCode === 200 ? (response.socket as TLSSocket).getPeerCertificate().serialNumber : undefined,
      )
      response.destroy()
    }).on('error', () => resolve(undefined))
  })
}

/** A pod without what the server and the node have put in by themselves. */
function asWritten(json: string): unknown {
  const { metadata, spec } = JSON.parse(json) as { metadata: Record<string, unknown>; spec: Record<string, unknown> }
  const { labels, annotations } = metadata
  const { nodeName: _, ...rest } = spec
  // The volume with the API server's token has a name of chance, and is put in before the webhook is asked or after.
  const text = JSON.stringify({ labels, annotations, spec: rest }).replaceAll(/kube-api-access-\w+/g, 'kube-api-access')
  const sorted = (value: unknown) => (value as { name: string }[]).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return JSON.parse(text, (key, value: unknown) =>
    key === 'volumes' || key === 'volumeMounts' ? sorted(value) : value,
  )
}

/** Name of a pod of an app. */
async function podOf(app: string): Promise<string> {
  return (await kubectl('get', 'pods', '-l', `app=${app}`, '-o', 'jsonpath={.items[0].metadata.name}')).trim()
}
