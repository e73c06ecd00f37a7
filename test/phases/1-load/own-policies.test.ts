/** A user's own rule from mesh.config.ts, run in the sandbox over the compiled mesh. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../../../src/compile.ts'
import { withFolder } from './scratch.ts'

const mesh = "import { service } from 'meshwright'\nexport const web = service('web', { port: 80 })\n"

const config = (body: string, severity = "'error'") => `import { defineConfig, definePolicy } from 'meshwright/policy'
const rule = definePolicy({
  id: 'short-names',
  meta: { severity: ${severity} as 'error', recommended: false, description: 'Names have four letters.' },
  messages: { short: 'service "{name}" has a short name' },
  help: 'use a longer one',
  create: () => ({
    *service(service) { ${body} },
  }),
})
export default defineConfig({ policies: [rule], presets: [], rules: { 'short-names': 'error' } })
`

async function findings(text: string): Promise<(string | number | undefined)[][]> {
  return withFolder({ 'mesh.ts': mesh, 'mesh.config.ts': text }, async folder => {
    const { diagnostics } = await compile({ path: folder })
    return diagnostics.map(found => [found.code, found.span?.file, found.span?.line])
  })
}

describe('policies of a user', () => {
  it('find what they look for, at the author line', async () => {
    const body = "if (service.name.length < 4) yield { message: 'short', at: service.at, data: { name: service.name } }"
    assert.deepEqual(await findings(config(body)), [['short-names', 'mesh.ts', 2]])
  })

  it('ask where a rule sends requests, and copies of them', async () => {
    const routed = `import { otherwise, route, service } from 'meshwright'
export const web = service('web', { port: 80 })
export const shadow = service('shadow', { port: 80 })
export const ways = route(web, [otherwise.to(web).mirror(shadow)])
`
    const policy = `import { defineConfig, definePolicy, destinationsOf } from 'meshwright/policy'
const rule = definePolicy({
  id: 'told',
  meta: { severity: 'error', description: 'Destinations are told.' },
  messages: { to: '{host}' },
  create: () => ({
    *routing({ rules, at }) {
      for (const { host } of rules.flatMap(destinationsOf)) yield { message: 'to', at, data: { host } }
    },
  }),
})
export default defineConfig({ policies: [rule], presets: [], rules: { told: 'error' } })
`
    await withFolder({ 'mesh.ts': routed, 'mesh.config.ts': policy }, async folder => {
      const { diagnostics } = await compile({ path: folder })
      const hosts = diagnostics.map(({ message }) => message.split('.')[0])
      assert.deepEqual(hosts.sort(), ['shadow', 'web'], JSON.stringify(diagnostics))
    })
  })

  it('may throw and answer nonsense, and nothing else breaks', async () => {
    const codes = async (body: string) => (await findings(config(body))).map(([code]) => code)
    assert.deepEqual(await codes("throw new Error('no')"), ['MW4006'])
    assert.deepEqual(await codes('yield { message: 1, at: { toString: null }, related: 3 } as never'), ['MW4006'])
    const shapeless = await codes("yield { message: 'short', at: 3 } as never")
    assert.ok(shapeless.includes('MW4007'), shapeless.join())
  })
})
