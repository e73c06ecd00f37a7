import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { injectPod, trustFiles } from '../../../src/cluster/inject/inject-pod.ts'
import type { Container, Pod } from '../../../src/cluster/inject/pod.ts'
import { injectionSettings, profiles } from '../../../src/cluster/install/values.ts'
import { dnsOf, type PodObject } from '../../../src/cluster/objects.ts'
import type { Resource } from '../../../src/kinds/resource.ts'
import { type ProxyOwner, proxySetupFor } from '../../../src/model/proxy-setup.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { makeCertificate } from '../../golden/make-certificate.ts'
import { placed } from '../../kinds/accepted.ts'
import { findTestEnvoy, withoutEnvoy } from '../../support/find-test-envoy.ts'

const settings = injectionSettings(profiles['default']!)
const namespace = { name: 'shop', labels: { 'meshwright.dev/injection': 'enabled' } }

/** A pod with one container of these fields, injected. */
function inject(container: Partial<Container>, annotations: { readonly [name: string]: string } = {}) {
  const pod: Pod = {
    metadata: { generateName: 'web-5d8f-', labels: { app: 'web', 'pod-template-hash': '5d8f' }, annotations },
    spec: { containers: [{ name: 'web', image: 'web:1', ...container }], serviceAccountName: 'web' },
  }
  const injection = injectPod(pod, namespace, settings)
  const proxy = injection.pod.spec.initContainers?.find(({ name }) => name === 'mesh-proxy')
  const redirect = injection.pod.spec.initContainers?.find(({ name }) => name === 'mesh-redirect')
  assert.ok(proxy !== undefined && redirect !== undefined)
  return { ...injection, proxy, rules: (redirect['args'] as string[])[0]!, web: injection.pod.spec.containers[0]! }
}

function bootstrapOf(proxy: Container): string {
  const args = proxy['args'] as string[]
  return args[args.indexOf('--config-yaml') + 1]!
}

interface Bootstrap {
  readonly static_resources: {
    readonly clusters: readonly {
      readonly name: string
      readonly health_checks?: readonly {
        readonly timeout: string
        readonly interval: string
        readonly grpc_health_check?: { readonly service_name: string }
      }[]
    }[]
  }
}

/** What these resources say of the proxy of a pod called web, in a cluster. */
function argumentsBy(resources: readonly Resource[]): { readonly args: string; readonly env: readonly unknown[] } {
  const { mesh } = resolve(resources.map(placed)).value
  const own = { ...settings, setupOf: (owner: ProxyOwner) => proxySetupFor(mesh, owner) }
  const pod: Pod = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web' }] } }
  const proxy = injectPod(pod, namespace, own).pod.spec.initContainers?.find(({ name }) => name === 'mesh-proxy')
  assert.ok(proxy !== undefined)
  const [, , ...flags] = proxy['args'] as string[]
  const env = (proxy['env'] as { readonly name: string; readonly value?: string }[]).filter(
    ({ name, value }) => value !== undefined && name !== 'MESHWRIGHT_PEER',
  )
  return { args: flags.join(' '), env }
}

const proxyConfig = (name: string, namespace: string, spec: object): Resource => ({
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'ProxyConfig',
  metadata: { name, namespace },
  spec,
})

describe('the proxy of a pod', () => {
  const before = '--disable-hot-restart --drain-time-s'
  const logs = '-l warning --component-log-level misc:error'
  const defaultConfig = { concurrency: 3, drainDuration: '10s', proxyMetadata: { A: 'mesh', B: 'mesh' } }
  const meshConfig: Resource = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: JSON.stringify({ defaultConfig }) },
  }
  const web = { selector: { matchLabels: { app: 'web' } } }

  it('is run as an installation has it where nothing is said', () => {
    assert.deepEqual(argumentsBy([]), { args: `${before} 45 --concurrency 2 ${logs}`, env: [] })
  })
  it('is run as MeshConfig says, and then as ProxyConfigs do, the narrowest last', () => {
    assert.deepEqual(argumentsBy([meshConfig]), {
      args: `${before} 10 --concurrency 3 ${logs}`,
      env: [
        { name: 'A', value: 'mesh' },
        { name: 'B', value: 'mesh' },
      ],
    })
    const wide = proxyConfig('wide', 'istio-system', { concurrency: 4, environmentVariables: { B: 'root' } })
    const own = proxyConfig('own', 'shop', { environmentVariables: { C: 'own', POD_IP: 'nobody’s' } })
    const picking = proxyConfig('web', 'shop', { ...web, concurrency: 0, environmentVariables: { C: 'web' } })
    const others = [
      proxyConfig('api', 'shop', { selector: { matchLabels: { app: 'api' } }, concurrency: 9 }),
      proxyConfig('web', 'elsewhere', { ...web, concurrency: 9 }),
    ]
    assert.equal(argumentsBy([meshConfig, wide, own]).args, `${before} 10 --concurrency 4 ${logs}`)
    assert.deepEqual(argumentsBy([meshConfig, wide, own, picking, ...others]), {
      args: `${before} 10 ${logs}`,
      env: [
        { name: 'A', value: 'mesh' },
        { name: 'B', value: 'root' },
        { name: 'C', value: 'web' },
      ],
    })
  })
})

describe('an injected pod', () => {
  it('redirects first, has its proxy before its own init containers, and keeps what it had', () => {
    const pod: Pod = {
      spec: {
        containers: [{ name: 'web' }],
        initContainers: [{ name: 'own' }],
        volumes: [{ name: 'data' }],
        nodeName: 'n',
      },
    }
    const { pod: injected } = injectPod(pod, namespace, settings)
    assert.deepEqual(
      injected.spec.initContainers?.map(({ name }) => name),
      ['mesh-redirect', 'mesh-proxy', 'own'],
    )
    assert.equal(injected.spec.initContainers?.[1]?.restartPolicy, 'Always')
    assert.deepEqual(
      injected.spec.volumes?.map(({ name }) => name),
      ['data', 'meshwright-run', 'meshwright-credentials'],
    )
    assert.equal(injected.spec['nodeName'], 'n')
    assert.equal(injected.metadata?.labels?.['security.istio.io/tlsMode'], 'istio')
  })

  it('has its key from the kubelet where the installation says so, in a volume of its own', () => {
    const { identity, ...rest } = profiles['default']!
    const own = injectionSettings({ ...rest, identity: { ...identity, key: 'pod' } })
    const { pod } = injectPod({ spec: { containers: [{ name: 'web' }] } }, namespace, own)
    const volume = pod.spec.volumes?.find(({ name }) => name === 'meshwright-identity')
    const podCertificate = {
      signerName: 'meshwright.dev/workload',
      keyType: 'ECDSAP256',
      maxExpirationSeconds: 86_400,
      credentialBundlePath: 'bundle.pem',
    }
    assert.deepEqual(volume?.['projected'], { sources: [{ podCertificate }] })
    const mounts = pod.spec.initContainers?.map(({ name, volumeMounts }) => [name, JSON.stringify(volumeMounts ?? [])])
    assert.deepEqual(
      mounts?.map(([name, text]) => [name, text?.includes('meshwright-identity')]),
      [
        ['mesh-redirect', false],
        ['mesh-proxy', true],
      ],
      'only the proxy sees it',
    )
    assert.doesNotMatch(JSON.stringify(pod.spec.containers), /meshwright-identity/)
  })

  it('is not injected a second time', () => {
    const again = injectPod(inject({}).pod, namespace, settings)
    assert.deepEqual([again.isInjected, again.why], [false, 'it has its proxy already'])
  })

  it('asks the proxy for every check and hook, with its headers, and keeps their timing', () => {
    const httpGet = {
      path: 'ready?deep=1',
      port: 'http',
      scheme: 'HTTPS',
      httpHeaders: [
        { name: 'Host', value: 'shop' },
        { name: 'x-a', value: 'b' },
      ],
    }
    const { web, proxy } = inject({
      ports: [{ name: 'http', containerPort: 8443 }],
      readinessProbe: { httpGet, periodSeconds: 7, timeoutSeconds: 2 },
      livenessProbe: { tcpSocket: { port: 9000 } },
      startupProbe: { grpc: { port: 9001, service: 'shop' } },
      lifecycle: { preStop: { httpGet: { path: '/bye', port: 8080 } } },
    })
    const probe = (name: string) => ({ path: `/app-health/web/${name}`, port: 15021, scheme: 'HTTP' })
    assert.deepEqual(web.readinessProbe, {
      periodSeconds: 7,
      timeoutSeconds: 2,
      httpGet: { ...probe('readyz'), httpHeaders: [{ name: 'x-a', value: 'b' }] },
    })
    assert.deepEqual(web.livenessProbe, { httpGet: probe('livez') })
    assert.deepEqual(web.startupProbe, { httpGet: probe('startupz') })
    assert.deepEqual(web.lifecycle?.preStop, { httpGet: probe('prestop') })
    const bootstrap = bootstrapOf(proxy)
    for (const part of [
      '/ready?deep=1',
      '"host_rewrite_literal":"shop"',
      '"port_value":8443',
      '"grpc_health_check":{"service_name":"shop"}',
    ])
      assert.ok(bootstrap.includes(part), part)
  })

  it('asks the application once for all checks that ask it the same, as often as the most frequent of them', () => {
    const tcpSocket = { port: 9000 }
    const grpc = (service: string) => ({ grpc: { port: 9001, service } })
    const { proxy } = inject({
      readinessProbe: { tcpSocket, periodSeconds: 5 },
      livenessProbe: { tcpSocket, periodSeconds: 20 },
      startupProbe: { tcpSocket, periodSeconds: 2, timeoutSeconds: 4 },
    })
    const clusters = (of: typeof proxy) => {
      const { static_resources } = JSON.parse(bootstrapOf(of)) as Bootstrap
      return static_resources.clusters.filter(({ name }) => name.startsWith('app-probe'))
    }
    const timings = clusters(proxy).map(({ health_checks: [check] = [] }) => [check?.timeout, check?.interval])
    assert.deepEqual(timings, [
      ['1s', '5s'],
      ['4s', '2s'],
    ])
    const usual = inject({ livenessProbe: grpc('a'), readinessProbe: { ...grpc('b'), periodSeconds: 0 } }).proxy
    const services = clusters(usual).map(({ health_checks: [check] = [] }) => [
      check?.grpc_health_check?.service_name,
      check?.interval,
    ])
    assert.deepEqual(services, [
      ['a', '10s'],
      ['b', '10s'],
    ])
  })

  it('leaves commands alone, and checks that ask another host', () => {
    const exec = { exec: { command: ['true'] } }
    const elsewhere = { httpGet: { host: '10.0.0.1', port: 80 } }
    const { web } = inject({ livenessProbe: exec, readinessProbe: elsewhere })
    assert.deepEqual([web.livenessProbe, web.readinessProbe], [exec, elsewhere])
  })

  it('leaves checks alone where the pod says so', () => {
    const tcp = { tcpSocket: { port: 80 } }
    const { web } = inject({ livenessProbe: tcp }, { 'sidecar.istio.io/rewriteAppHTTPProbers': 'false' })
    assert.deepEqual(web.livenessProbe, tcp)
  })

  it('leaves alone the traffic that annotations name', () => {
    const { rules } = inject(
      {},
      {
        'traffic.sidecar.istio.io/excludeInboundPorts': '9000',
        'traffic.sidecar.istio.io/excludeOutboundPorts': '3306, 6379',
        'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.1.0.0/16,fd00::/8',
        'traffic.meshwright.dev/excludeOutboundUIDs': '1000',
      },
    )
    assert.match(rules, /MESH_INBOUND -p tcp -m multiport --dports 15021,15090,9000 -j RETURN/)
    assert.match(rules, /--dports 3306,6379 -j RETURN/)
    assert.match(rules, /-d 10.1.0.0\/16 -j RETURN/)
    assert.doesNotMatch(rules, /fd00/)
    assert.match(rules, /--uid-owner 1000 -j RETURN/)
  })

  it('has its questions for names answered by its proxy where it says so, or its mesh does', () => {
    const config = 'proxy.istio.io/config'
    const asks = (annotations: { readonly [name: string]: string }, dns: object) => {
      const pod: Pod = { metadata: { annotations }, spec: { containers: [{ name: 'web' }] } }
      const injected = injectPod(pod, namespace, { ...settings, dns }).pod
      const rules = injected.spec.initContainers![0]!['args'] as string[]
      assert.doesNotMatch(rules[1]!, /udp/)
      const own = dnsOf(injected as unknown as PodObject)
      assert.equal(/-A MESH_DNS -p udp -j REDIRECT --to-ports 15053/.test(rules[0]!), own !== undefined)
      return own?.allocates
    }
    const says = (text: string) => ({ [config]: text })
    assert.equal(asks({}, {}), undefined)
    assert.equal(asks({}, { captures: true }), true)
    assert.equal(asks({}, { captures: true, allocates: false }), false)
    const capture = 'proxyMetadata:\n  ISTIO_META_DNS_CAPTURE: "true"\n'
    assert.equal(asks(says(capture), {}), true)
    assert.equal(asks(says(`${capture}  ISTIO_META_DNS_AUTO_ALLOCATE: "false"\n`), {}), false)
    assert.equal(asks(says('proxyMetadata: { ISTIO_META_DNS_CAPTURE: "false" }'), { captures: true }), undefined)
    assert.equal(asks(says('concurrency: 2'), { captures: true }), true)
    assert.equal(inject({}, says('{')).bad[0]?.name, config)
  })

  it('takes no rule from an annotation that is none', () => {
    const evil = '10.0.0.0/8 -j ACCEPT\n-A OUTPUT -j DROP'
    const { rules, bad } = inject({}, { 'traffic.sidecar.istio.io/excludeOutboundIPRanges': evil })
    assert.doesNotMatch(rules, /DROP|ACCEPT/)
    assert.deepEqual(
      bad.map(({ value }) => value),
      [evil],
    )
  })

  it('may not run as the proxy’s user, who is not redirected', () => {
    const { bad } = inject({ securityContext: { runAsUser: 1337 } })
    assert.match(bad[0]!.name, /of container web/)
    assert.match(bad[0]!.expected, /not redirected/)
  })

  it('names its workload to others, without what controllers add to names', () => {
    const { proxy } = inject({})
    assert.deepEqual((proxy['env'] as { name: string; value?: string }[]).at(-1), {
      name: 'MESHWRIGHT_PEER',
      value: '$(POD_NAMESPACE)/web',
    })
  })

  it('expands the pod’s variables in the bootstrap and nothing else', () => {
    const { proxy } = inject({ readinessProbe: { httpGet: { path: '/$(POD_IP)', port: 80 } } })
    const bootstrap = bootstrapOf(proxy)
    assert.ok(bootstrap.includes('sidecar~$(POD_IP)~$(POD_NAME).$(POD_NAMESPACE)~$(POD_NAMESPACE).svc.cluster.local'))
    assert.ok(bootstrap.includes('"substitution":"/$$(POD_IP)"'))
  })

  it('has a bootstrap that Envoy takes', { skip: withoutEnvoy }, t => {
    const probes: Partial<Container> = {
      readinessProbe: { httpGet: { path: '/a?b=\\1', port: 8080, scheme: 'HTTPS' } },
      livenessProbe: { tcpSocket: { port: 9000 } },
      startupProbe: { grpc: { port: 9001 } },
    }
    const root = mkdtempSync(join(tmpdir(), 'mesh-inject-'))
    try {
      if (!makeCertificate(join(root, 'tls'))) return t.skip('no openssl to make a certificate')
      const credentials = join(root, 'credentials')
      mkdirSync(credentials)
      const expanded = bootstrapOf(inject(probes).proxy)
        .replaceAll('$(POD_IP)', '127.0.0.1')
        .replaceAll(/(?<!\$)\$\((\w+)\)/g, 'x')
        .replaceAll('$$', '$')
        .replaceAll('/var/run/secrets/meshwright.dev', credentials)
      for (const [name, text] of Object.entries(trustFiles('')))
        writeFileSync(join(credentials, name), text.replaceAll('/var/run/secrets/meshwright.dev', credentials))
      execFileSync('cp', [join(root, 'tls/cert.pem'), join(credentials, 'ca.crt')])
      writeFileSync(join(credentials, 'token'), 'token')
      execFileSync(findTestEnvoy()!, ['--mode', 'validate', '--config-yaml', expanded, '-l', 'error'], {
        stdio: 'pipe',
      })
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
