import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { withFolder } from '../phases/1-load/scratch.ts'
import { meshReading } from './run-mesh.ts'

/** As `helm template` prints a chart: comments, documents that a condition has emptied, hooks, definitions. */
const chart = `---
# Source: shop/crds/widgets.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions: []
---
# Source: shop/templates/disabled.yaml

---
# Source: shop/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    helm.sh/chart: "shop-1.0"
spec:
  selector: { app: web }
  ports:
    - { name: http, port: 80 }
---
# Source: shop/templates/route.yaml
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata:
  name: web
  namespace: shop
spec:
  hosts: [web]
  http:
    - route:
        - destination: { host: web }
---
# Source: shop/templates/tests/ask.yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: ask
  namespace: shop
  annotations:
    "helm.sh/hook": test
spec:
  template: { spec: { restartPolicy: Never, containers: [{ name: ask, image: curl }] } }
`

describe('standard input', () => {
  it('is what - stands for: Helm’s output is checked and built as it is', async () => {
    await withFolder({ 'unrelated.yaml': 'apiVersion: v1\nkind: Broken\n' }, folder => {
      const { code, stdout } = meshReading(chart, folder, ['check', '-'])
      assert.equal(code, 0, stdout)
      const built = meshReading(chart, folder, ['build', '-', '--target', 'kubernetes,istio'])
      assert.equal(built.code, 0, built.stderr)
      const names = ['kubernetes', 'istio'].flatMap(target => readdirSync(join(folder, 'out', target)))
      assert.deepEqual(names.sort(), [
        'shop.ask.job.yaml',
        'shop.web.service.yaml',
        'shop.web.virtualservice.yaml',
        'widgets.example.com.customresourcedefinition.apiextensions.k8s.io.yaml',
      ])
      const route = readFileSync(join(folder, 'out/istio/shop.web.virtualservice.yaml'), 'utf8')
      assert.match(route, /^apiVersion: networking\.istio\.io\/v1$/m)
    })
  })

  it('names each place by line and column', async () => {
    await withFolder({}, folder => {
      const bad = chart.replace('hosts: [web]', 'hosts: 7')
      const { code, stdout } = meshReading(bad, folder, ['check', '-'])
      assert.equal(code, 1)
      assert.match(stdout, /<stdin>:36:10/)
      assert.match(stdout, /36 \|\s+hosts: 7/)
      const json = JSON.parse(meshReading(bad, folder, ['check', '-', '--format', 'json']).stdout)
      assert.ok(JSON.stringify(json).includes('"<stdin>"'))
    })
  })

  it('takes JSON, a List of it, and the options of the working directory', async () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web' } }],
    }
    await withFolder({ 'mesh.config.ts': "export default { namespace: 'mine' }" }, folder => {
      const { code, stderr } = meshReading(JSON.stringify(list), folder, ['build', '-', '--target', 'kubernetes'])
      assert.equal(code, 0, stderr)
      assert.ok(readdirSync(join(folder, 'out/kubernetes')).includes('mine.web.serviceaccount.yaml'))
    })
  })

  it('is an error where it is empty, holds nothing of Kubernetes, or too much', async () => {
    await withFolder({}, folder => {
      const check = (input: string) => meshReading(input, folder, ['check', '-'])
      for (const input of ['', '---\n# nothing\n', 'replicas: 3\n']) {
        const { code, stdout } = check(input)
        assert.equal(code, 1)
        assert.match(stdout, /MW1059/)
      }
      const { code, stdout } = check(`# ${'x'.repeat(6_000_000)}\n${chart}`)
      assert.equal(code, 1)
      assert.match(stdout, /error\[MW1006\]: "<stdin>"/)
      assert.doesNotMatch(stdout, /MW1059/)
    })
  })

  it('is refused by what goes on with each change', async () => {
    await withFolder({}, folder => {
      for (const args of [
        ['up', '-'],
        ['serve', '-'],
        ['build', '-', '--watch'],
      ]) {
        const { code, stderr } = meshReading(chart, folder, args)
        assert.equal(code, 2, args.join(' '))
        assert.match(stderr, /error\[MW8009\]: - is standard input/)
      }
    })
  })
})
