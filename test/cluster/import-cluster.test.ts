/** `mesh import --cluster`, from a real API server: what people wrote, without what it and controllers have added. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { applyAll } from '../../src/cluster/apply.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { customResourceDefinitions } from '../../src/cluster/install/crds.ts'
import { meshConfigOf } from '../../src/kinds/istio/mesh-config-text.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { load } from '../../src/phases/1-load/load.ts'
import { canonicalJson } from '../../src/phases/2-resolve/digest.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { applyGatewayApi } from './gateway-api-objects.ts'
import { accountToken, makeAccount } from './objects.ts'

const skip = cannotRunApi() ?? false

const shop = `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: web, namespace: shop }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports: [{ name: http, port: 80, targetPort: 8080 }, { name: admin, port: 9000 }]
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { clusterIP: None, selector: { app: db }, ports: [{ name: tcp, port: 5432 }] }
---
apiVersion: v1
kind: Service
metadata: { name: outer, namespace: shop }
spec:
  type: NodePort
  selector: { app: web }
  ports: [{ name: http, port: 80, nodePort: 30123 }, { name: more, port: 81, nodePort: 30124 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop, annotations: { owner: people } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: registry.example:5000/web
          ports: [{ containerPort: 8080 }]
          env: [{ name: WHO, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 5 }
        - { name: side, image: 'side:1', imagePullPolicy: Always }
      volumes: [{ name: settings, configMap: { name: settings } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec: { hosts: [web], http: [{ route: [{ destination: { host: web } }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [web.example]
  rules: [{ backendRefs: [{ name: web, port: 80 }] }, { matches: [{ path: { value: /x } }], backendRefs: [{ name: web, port: 80, weight: 3 }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: meshwright
  listeners: [{ name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: shop }] } }]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: db, image: 'db:1' }] } }
`
const runners = `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: log, namespace: shop }
spec:
  selector: { matchLabels: { app: log } }
  template: { metadata: { labels: { app: log } }, spec: { containers: [{ name: log, image: 'log:latest' }] } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly, namespace: shop }
spec:
  schedule: 0 3 * * *
  jobTemplate:
    spec: { template: { spec: { restartPolicy: OnFailure, containers: [{ name: job, image: 'job:1' }] } } }
`
const others = `
apiVersion: v1
kind: Namespace
metadata: { name: root }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: root }
data: { mesh: 'accessLogFile: /dev/stdout' }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: meshwright }
spec: { controllerName: meshwright.dev/gateway }
`
/** What nobody wrote, and what is nobody's business. */
const left = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { a: b }
---
apiVersion: v1
kind: Secret
metadata: { name: shop, namespace: shop }
stringData: { password: hidden }
---
apiVersion: v1
kind: Service
metadata:
  name: made
  namespace: shop
  ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: web, uid: none, controller: true }]
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: dns, namespace: kube-system }
spec: { ports: [{ port: 53 }] }
`

const parsed = (text: string) => parseAllDocuments(text).map(document => document.toJS() as Resource)
const inShop = [...parsed(shop), ...parsed(runners)]

describe('mesh import --cluster', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-import-cluster-'))
  let api: ApiServer
  let admin: ClusterClient

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    const apply = async (resources: readonly Resource[]) => {
      const entries = await applyAll(admin, resources, { namespace: 'default', fieldManager: 'test' })
      assert.deepEqual(
        entries
          .filter(({ action }) => action === 'failed')
          .map(({ resource, error }) => [resource.kind, error?.message]),
        [],
      )
    }
    await apply(customResourceDefinitions())
    await applyGatewayApi(admin)
    await apply([...inShop, ...parsed(others), ...parsed(left)])
    // As whoever writes whole objects does, with all that the server made of them.
    for (const path of ['/api/v1/namespaces/shop/services/web', '/apis/apps/v1/namespaces/shop/deployments/web']) {
      const found = (await admin.call('GET', path)) as Resource
      await admin.call('PUT', path, { body: { ...found, metadata: { ...found.metadata, labels: { by: 'put' } } } })
    }
  })
  after(async () => {
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  const importing = (out: string, ...more: readonly string[]) =>
    meshIn(folder, ['import', '-o', out, '--kubeconfig', api.kubeconfig(), ...more])

  const resourcesOf = async (out: string) => {
    const { value, diagnostics } = await load({ path: join(folder, out) })
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    )
    return value!.resources.map(({ resource }) => resource)
  }
  /** As they were written, and with what was put onto two of them. */
  const put = (resource: Resource) => {
    const isPut = (resource.kind === 'Service' || resource.kind === 'Deployment') && resource.metadata.name === 'web'
    return isPut ? { ...resource, metadata: { ...resource.metadata, labels: { by: 'put' } } } : resource
  }
  /** A text of settings counts by what it says. */
  const settingsIn = (resource: Resource) => {
    const data = meshConfigOf(resource)
    return data && { data }
  }
  const texts = (resources: readonly Resource[]) =>
    resources.map(each => canonicalJson({ ...each, ...settingsIn(each) })).sort()

  it('writes what people wrote, a module for each namespace, and proves it', async () => {
    const { code, stdout, stderr } = await importing('all', '-A')
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^\d+ resources, the same when compiled$/m)
    assert.deepEqual(texts(await resourcesOf('all')), texts([...inShop.map(put), ...parsed(others)]))
    assert.deepEqual(readdirSync(join(folder, 'all')).sort(), ['cluster.ts', 'mesh.ts', 'root.ts', 'shop.ts'])
    assert.match(stdout, /all\/shop\.ts/)
    assert.match(
      readFileSync(join(folder, 'all/shop.ts'), 'utf8'),
      /export const webVirtualService = istio\.virtualService\(/,
    )
    assert.match(
      readFileSync(join(folder, 'all/root.ts'), 'utf8'),
      /istio\.meshConfig\(\n {2}\{ accessLogFile: '\/dev\/stdout' \},\n {2}\{ namespace: 'root' \},\n\)/,
    )
  })

  it('reads one namespace alone', async () => {
    const { code, stderr } = await importing('one', '-n', 'shop')
    assert.equal(code, 0, stderr)
    assert.deepEqual(texts(await resourcesOf('one')), texts(inShop.map(put)))
  })

  it('writes nothing where it may not read, or is given files, too', async () => {
    await makeAccount(admin, 'shop', 'nobody')
    const kubeconfig = api.kubeconfig({ token: await accountToken(admin, 'shop', 'nobody') })
    const refused = await meshIn(folder, ['import', '--cluster', '-A', '-o', 'none', '--kubeconfig', kubeconfig])
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /the cluster can't be read: .*cannot list resource/)
    const both = await importing('none', 'k8s')
    assert.equal(both.code, 2)
    assert.match(both.stderr, /k8s is a path, beside --cluster/)
    assert.equal(existsSync(join(folder, 'none')), false)
  })
})
