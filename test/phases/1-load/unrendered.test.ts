import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { load } from '../../../src/phases/1-load/load.ts'
import { withFolder } from './scratch.ts'

const service = (name: string) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec: { ports: [] }\n`
const chart = 'apiVersion: v2\nname: shop\nversion: 0.1.0\n'
const template = `{{- if .Values.isOn }}\n${service('{{ include "shop.name" . }}')}{{- end }}\n`

type Files = Parameters<typeof withFolder>[0]

/** Findings with their places, and the names of what was read all the same. */
async function readingOf(files: Files, folder = '.'): Promise<readonly [readonly string[], readonly string[]]> {
  return withFolder(files, async root => {
    const { value, diagnostics } = await load({ path: join(root, folder) })
    const found = diagnostics.map(({ code, span }) => `${code} ${span?.file}:${span?.line}:${span?.column}`)
    return [found, value?.resources.map(({ resource }) => resource.metadata.name) ?? []]
  })
}

const whole = {
  'shop/Chart.yaml': chart,
  'shop/values.yaml': 'isOn: true\n',
  'shop/values-prod.yaml': 'isOn: false\n',
  'shop/templates/a.yaml': service('"plain"'),
  'shop/templates/b.yaml': service('web-{{ .Release.Name }}'),
  'shop/templates/c.yaml': template,
  'shop/templates/tests/d.yaml': template,
  'shop/charts/inner/Chart.yaml': chart,
  'shop/charts/inner/templates/a.yaml': template,
  'shop/crds/widget.yaml': service('widget'),
  'web.yaml': service('web'),
}

describe('a chart of Helm', () => {
  it('is told once, at its first template’s first expression, and what lies beside it is read', async () => {
    assert.deepEqual(await readingOf(whole), [['MW1065 shop/templates/b.yaml:4:13'], ['widget', 'web']])
  })

  it('is told at its beginning where no template says so', async () => {
    const files = { 'Chart.yaml': `# Ours.\n${chart}`, 'templates/a.yaml': service('a'), 'web.yaml': service('web') }
    assert.deepEqual(await readingOf(files), [['MW1065 Chart.yaml:1:1'], ['web']])
  })

  it('is told once in each folder of templates where the chart is not to be seen', async () => {
    assert.deepEqual(await readingOf(whole, 'shop/templates'), [
      ['MW1065 c.yaml:1:1', 'MW1065 tests/d.yaml:1:1'],
      ['plain', 'web-{{ .Release.Name }}'],
    ])
    assert.deepEqual(await readingOf({ 'a.yaml': service('{{ .Values.name }}') }), [['MW1065 a.yaml:4:9'], []])
  })

  it('is no text within an object, not even beside a mistake, and no other file of the name', async () => {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: injector }\ndata:\n  a: |\n    {{ .Values.global }}\n\n`
    assert.deepEqual(await readingOf({ 'a.yaml': text }), [[], ['injector']])
    assert.deepEqual(await readingOf({ 'a.yaml': `${text}\n---\na: [\n` }), [['MW1050 a.yaml:11:1'], ['injector']])
    assert.deepEqual(await readingOf({ 'Chart.yaml': service('chart') }), [[], ['chart']])
  })
})

describe('a kustomization', () => {
  it('is told where it changes what it lists, and parts of objects are left out', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': service('web'),
      'prod/kustomization.yml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../base]
namePrefix: prod-
patches:
  - path: ports.yaml
  - patch: '[]'
patchesStrategicMerge: [more/ports.yaml]
`,
      'prod/ports.yaml': service('web'),
      'prod/more/ports.yaml': service('web'),
    }
    assert.deepEqual(await readingOf(files), [['MW1066 prod/kustomization.yml:4:1'], ['web']])
    await withFolder(files, async folder => {
      const { diagnostics } = await load({ path: folder })
      assert.match(diagnostics[0]!.message, /: namePrefix, patches, patchesStrategicMerge$/)
    })
  })

  it('is an object like any other where it is one', async () => {
    assert.deepEqual(await readingOf({ 'kustomization.yaml': service('web') }), [[], ['web']])
    assert.deepEqual(await readingOf({ 'kustomization.yaml': 'a: [\n' }), [['MW1050 kustomization.yaml:2:1'], []])
  })
})
