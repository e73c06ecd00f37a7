/** Every bad input, as users meet it: the command itself, in the mesh's own folder. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { keptCompiled } from '../local/temp-state.ts'
import { withFolder } from '../phases/1-load/scratch.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { badInputs } from './bad-inputs.ts'
import { type Finished, meshIn, meshOfFile } from './run-mesh.ts'

interface Finding {
  readonly code: string
  readonly severity: string
  readonly message: string
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly help: string | null
}

const placeOf = ({ file, line, column }: Finding) => (file === null ? undefined : `${file}:${line}:${column}`)

function assertNoStack({ stderr, stdout }: Finished): void {
  assert.doesNotMatch(stderr + stdout, /^ +at .*:\d+:\d+\)?$/m)
}

describe('bad input', () => {
  const mesh = meshOfFile()
  for (const { name, files: written, code, place, names = /./ } of badInputs)
    it(name, () =>
      withFolder(written(), async folder => {
        const files = readdirSync(folder)
        const check = await mesh(folder, ['check', '--format', 'json'])
        assertNoStack(check)
        assert.equal(check.code, 1, check.stderr)
        const { diagnostics } = JSON.parse(check.stdout) as { readonly diagnostics: readonly Finding[] }
        const errors = diagnostics.filter(({ severity }) => severity === 'error')
        const found = errors.find(error => error.code === code)
        assert.ok(found !== undefined, check.stdout)
        assert.equal(placeOf(found), place)
        assert.match(found.message, names)
        assert.ok(found.help, 'it says what to do')
        assert.equal(errors.length, 1, 'nothing else is called wrong')
        assert.deepEqual(readdirSync(folder), files)
      }),
    )

  it('writes nothing when it is built', () =>
    withFolder(badInputs.find(({ code }) => code === 'MW1010')!.files(), async folder => {
      const build = await meshIn(folder, ['build', '--debug'])
      assert.equal(build.code, 1)
      assert.match(build.stderr, /^error\[MW1010\][\s\S]* --> mesh\.ts:4:1[\s\S]*= help: /)
      assert.deepEqual(readdirSync(folder), ['mesh.ts'])
    }))

  it('is none: 10,000 resources', () =>
    withFolder(
      {
        'mesh.ts': `import { service } from 'meshwright'
export const all = Array.from({ length: 2500 }, (_, index) =>
  service(\`s-\${index}\`, { port: 80, versions: { v1: { image: 'app:1' } } }),
)
`,
      },
      async folder => {
        const started = performance.now()
        const check = await meshIn(folder, ['check'])
        console.log(`# 10,000 resources checked after ${Math.round(performance.now() - started)} ms`)
        assert.deepEqual(check, { code: 0, stdout: 'no findings\n', stderr: '' })
      },
    ))
})

const hello = {
  'mesh.ts': readFileSync(join(import.meta.dirname, '../../examples/hello/mesh.ts'), 'utf8'),
}

describe('a bad machine', () => {
  const environment = (folder: string) => {
    for (const name of ['home', 'run', 'bin']) mkdirSync(join(folder, name), { mode: 0o700 })
    const own = { HOME: join(folder, 'home'), XDG_RUNTIME_DIR: join(folder, 'run'), PATH: join(folder, 'bin') }
    return { ...own, ...keptCompiled }
  }
  const up = async (folder: string, env: NodeJS.ProcessEnv, ...more: string[]) => {
    writeFileSync(join(folder, 'mesh.ts'), hello['mesh.ts'])
    const port = String(await freePort())
    const flags = ['--detach', '--gateway-port', port, '--address-range', '127.85.0.0']
    return meshIn(folder, ['up', ...flags, ...more], env)
  }

  it('without Envoy, and without any way to get it, is told the ways', () =>
    withFolder({}, async folder => {
      const env = environment(folder)
      const plain = await up(folder, env)
      assert.equal(plain.code, 2)
      assert.match(plain.stderr, /^error\[MW8002\]: no Envoy was found[\s\S]*= help: .*--envoy/m)
      assertNoStack(plain)
      assert.match((await up(folder, env, '--debug')).stderr, /^ +at /m)
      assert.deepEqual(readdirSync(folder).sort(), ['bin', 'home', 'mesh.ts', 'run'])
    }))

  for (const [what, script, reason] of [
    ['that is no program', 'ELF it is not', /does not start: /],
    ['that fails', '#!/bin/sh\nexit 3\n', /does not start: /],
  ] as const)
    it(`with an Envoy ${what} is told so`, () =>
      withFolder({ envoy: script }, async folder => {
        chmodSync(join(folder, 'envoy'), 0o755)
        const bad = await up(folder, environment(folder), '--envoy', join(folder, 'envoy'))
        assert.equal(bad.code, 2)
        assert.match(bad.stderr, /^error\[MW8004\]: Envoy at .*envoy /m)
        assert.match(bad.stderr, reason)
        assert.match(bad.stderr, /= help: /)
        assertNoStack(bad)
      }))

  it('with its port in use is told who holds it', { skip: withoutEnvoy }, () =>
    withFolder({}, async folder => {
      const holder = createServer()
      const port = await new Promise<number>(resolve =>
        holder.listen(0, '127.0.0.1', () => {
          const address = holder.address()
          resolve(typeof address === 'object' && address !== null ? address.port : 0)
        }),
      )
      try {
        const env = { ...environment(folder), PATH: process.env['PATH'], HOME: process.env['HOME'] }
        const kept = { MESH_ENVOY: process.env['MESH_ENVOY'], XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] }
        const set = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined))
        const busy = await up(folder, { ...env, ...set }, '--gateway-port', String(port))
        assert.equal(busy.code, 2)
        assert.match(
          busy.stderr,
          new RegExp(`^error\\[MW8001\\]: port ${port} .*pid ${process.pid}[\\s\\S]*= help: .*--gateway-port`, 'm'),
        )
        assertNoStack(busy)
      } finally {
        holder.close()
      }
    }),
  )
})
