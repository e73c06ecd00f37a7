/** The engine around the policies: presets, severities, options, waivers, and rules of a user that misbehave. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../../../src/compile.ts'
import { withFolder } from '../1-load/scratch.ts'

/** A gateway in plain HTTP for any host, and a split that sums to 90. */
const mesh = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: shop }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 80, name: http, protocol: HTTP }
      hosts: ['*']
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80, name: http }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web }
spec:
  hosts: [web]
  http:
    - route:
        - { destination: { host: web }, weight: 80 }
        - { destination: { host: web }, weight: 10 }
      retries: { attempts: 4 }
`

interface Found {
  /** `severity code`, sorted. */
  readonly codes: readonly string[]
  readonly text: string
  readonly waived: number
}

async function judged(config: string, before = ''): Promise<Found> {
  const text = `import { defineConfig, definePolicy } from 'meshwright/policy'\n${before}\nexport default defineConfig(${config})\n`
  return withFolder({ 'mesh.yaml': mesh, 'mesh.config.ts': text }, async path => {
    const { diagnostics, waived } = await compile({ path, today: '2026-06-15', skipTypes: true })
    return {
      codes: diagnostics.map(({ severity, code }) => `${severity} ${code}`).sort(),
      text: diagnostics.map(({ message, span }) => `${span?.file}:${span?.line} ${message}`).join('\n'),
      waived,
    }
  })
}

const codes = async (config: string, before = '') => (await judged(config, before)).codes

describe('presets and rules', () => {
  it('recommended is what holds where nothing is said', async () => {
    assert.deepEqual(await codes('{}'), ['warning weights-sum'])
    assert.deepEqual(await codes("{ presets: ['recommended'] }"), ['warning weights-sum'])
  })

  it('strict holds all, no preset none', async () => {
    assert.deepEqual(await codes("{ presets: ['strict'] }"), [
      'warning plaintext-gateway',
      'warning route-timeout',
      'warning weights-sum',
      'warning wildcard-host',
    ])
    assert.deepEqual(await codes('{ presets: [] }'), [])
  })

  it('a rule is switched off, on, and taken otherwise', async () => {
    assert.deepEqual(await codes("{ rules: { 'weights-sum': 'off' } }"), [])
    assert.deepEqual(await codes("{ rules: { 'weights-sum': 'info' } }"), ['info weights-sum'])
    assert.deepEqual(await codes("{ presets: [], rules: { 'wildcard-host': 'error' } }"), ['error wildcard-host'])
  })

  it('an unknown rule and a setting that is none are errors', async () => {
    const { codes: found, text } = await judged("{ rules: { 'weight-sum': 'off', 'weights-sum': 'loud' as never } }")
    assert.deepEqual(found, ['error MW4001', 'error MW4002', 'warning weights-sum'])
    assert.match(text, /mesh\.config\.ts:3 there is no policy "weight-sum"/)
  })
})

const waiver = (fields: object) =>
  `{ waivers: [${JSON.stringify({ rule: 'weights-sum', subject: 'VirtualService/default/web', reason: 'moving', until: '2026-12-31', ...fields })}] }`

describe('waivers', () => {
  it('take a finding out until their last day, which counts', async () => {
    for (const until of ['2026-12-31', '2026-06-15']) {
      const { codes: found, waived } = await judged(waiver({ until }))
      assert.deepEqual([found, waived], [[], 1])
    }
  })

  it('that have ended waive nothing and are errors', async () => {
    const { codes: found, text } = await judged(waiver({ until: '2026-06-14' }))
    assert.deepEqual(found, ['error MW4004', 'warning weights-sum'])
    assert.match(text, /the waiver of "weights-sum" for VirtualService\/default\/web ended on 2026-06-14/)
  })

  it('name subjects by globs', async () => {
    for (const subject of ['*', 'VirtualService/*', '*/default/*', '*/web', 'Virtual*/*fault/w*b'])
      assert.deepEqual(await codes(waiver({ subject })), [], subject)
    for (const subject of ['VirtualService', '*/shop/*', 'Gateway/*', 'VirtualService/default/web/*'])
      assert.deepEqual(await codes(waiver({ subject })), ['warning MW4005', 'warning weights-sum'], subject)
  })

  it('that waive nothing are pointed out', async () => {
    assert.deepEqual(await codes(waiver({ rule: 'unknown-host' })), ['warning MW4005', 'warning weights-sum'])
  })

  it('without reason, end, or a real day are refused', async () => {
    for (const fields of [{ reason: '' }, { until: 'soon' }, { until: '2026-13-01' }, { subject: 7 }, { rule: null }])
      assert.deepEqual(await codes(waiver(fields)), ['error MW4003', 'warning weights-sum'], JSON.stringify(fields))
  })
})

const own = (create: string, options = '') => `const rule = definePolicy({
  id: 'mine',
  meta: { severity: 'warning', description: 'Mine.' },
  messages: { found: 'found {what}' },
  ${options}
  create: ${create},
})`

describe('rules of a user', () => {
  it('are on, take options, and find with a place', async () => {
    const create =
      "({ options }) => ({ *service(service) { if (service.name.length < options.min) yield { message: 'found', at: service.at, data: { what: options.min } } } })"
    const before = own(create, 'options: { min: 3 },')
    const presets = 'presets: [], policies: [rule]'
    assert.deepEqual(await codes(`{ ${presets} }`, before), [])
    const { codes: found, text } = await judged(`{ ${presets}, rules: { mine: ['error', { min: 4 }] } }`, before)
    assert.deepEqual(found, ['error mine'])
    assert.match(text, /mesh\.yaml:\d+ found 4/)
    assert.deepEqual(await codes(`{ ${presets}, rules: { mine: 'off' } }`, before), [])
  })

  it('that never end are stopped, and the others have run', async () => {
    const before = own('() => ({ *mesh() { for (;;) {} } })')
    const { codes: found, text } = await judged("{ policies: [rule], rules: { mine: 'error' } }", before)
    assert.deepEqual(found, ['error MW4007', 'warning weights-sum'])
    assert.doesNotMatch(text, /at .*\.ts:\d+:\d+\)/, 'no stack trace')
  })

  it('that throw are named, and the others have run', async () => {
    const before = own("() => { throw new Error('oh no') }")
    const { codes: found, text } = await judged('{ policies: [rule] }', before)
    assert.deepEqual(found, ['error MW4006', 'warning weights-sum'])
    assert.match(text, /policy "mine" failed: Error: oh no/)
  })
})
