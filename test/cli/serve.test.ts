import assert from 'node:assert/strict'
import { appendFileSync, cpSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { eventually, tempState } from '../local/temp-state.ts'
import { meshIn, startMesh } from './run-mesh.ts'

describe('mesh serve', () => {
  it('serves one folder once, tells what it serves, and is ended by mesh down', async () => {
    const { dir, env, remove } = tempState()
    try {
      cpSync(join(import.meta.dirname, '../../examples/hello'), dir, { recursive: true })
      const { stderr, ended } = startMesh(dir, ['serve', '--xds', '127.0.0.1:0'], env)
      await eventually('it serves', () => /^serving \. on 127\.0\.0\.1:\d+; /m.test(stderr()))
      assert.match((await meshIn(dir, ['proxies'], env)).stdout, /^PROXY +CONFIG/)
      const again = await meshIn(dir, ['serve', '--xds', '127.0.0.1:0'], env)
      assert.equal(again.code, 2)
      assert.match(again.stderr, /MW8005[\s\S]*= help: .*mesh (?:-- )?down/)
      assert.match((await meshIn(dir, ['down'], env)).stderr, /^\. is down$/m)
      assert.equal((await ended).code, 0)
      assert.match((await meshIn(dir, ['down'], env)).stderr, /^\. was not up$/m)
    } finally {
      await meshIn(dir, ['down'], env)
      remove()
    }
  })

  it('is found from a folder above it, where no folder is named and there is only one', async () => {
    const { dir, env, remove } = tempState()
    const [one, two] = ['one', 'two'].map(name => join(dir, 'shops', name)) as [string, string]
    const served = (folder: string) => startMesh(folder, ['serve', '--xds', '127.0.0.1:0'], env)
    try {
      for (const folder of [one, two])
        cpSync(join(import.meta.dirname, '../../examples/hello'), folder, { recursive: true })
      const [first, second] = [served(one), served(two)]
      for (const { stderr } of [first, second]) await eventually('it serves', () => stderr().includes('serving .'))
      for (const command of ['proxies', 'status', 'down']) {
        const several = await meshIn(dir, [command], env)
        assert.equal(several.code, 2)
        assert.match(several.stderr, /^error\[MW8014\]: .*: shops\/one, shops\/two\n/)
      }
      assert.match((await meshIn(dir, ['down', 'shops/one'], env)).stderr, /^shops\/one is down$/m)
      assert.match((await meshIn(dir, ['proxies'], env)).stdout, /^PROXY +CONFIG/)
      // Its own mesh is meant in a folder that has one, whatever runs elsewhere.
      assert.match(
        (await meshIn(one, ['proxies'], env)).stderr,
        /MW8006.*: \. is not up\n.*note: up elsewhere: .*two$/m,
      )
      assert.match((await meshIn(dir, ['down'], env)).stderr, /^shops\/two is down$/m)
      assert.deepEqual([(await first.ended).code, (await second.ended).code], [0, 0])
      assert.match((await meshIn(dir, ['down'], env)).stderr, /^\. was not up$/m)
    } finally {
      for (const folder of [one, two]) await meshIn(dir, ['down', folder], env)
      remove()
    }
  })

  it('says that its proxies cannot enforce mutual TLS, also where a save asks for it', async () => {
    const { dir, env, remove } = tempState()
    try {
      cpSync(join(import.meta.dirname, '../../examples/hello'), dir, { recursive: true })
      const { stderr, stop } = startMesh(dir, ['serve', '--xds', '127.0.0.1:0'], env)
      await eventually('it serves', () => stderr().includes('serving .'))
      assert.doesNotMatch(stderr(), /MW5006/)
      appendFileSync(
        join(dir, 'mesh.ts'),
        "import { mtls } from 'meshwright'\nexport const some = mtls('PERMISSIVE', { for: greeter.v1, ports: { 9080: 'STRICT' } })\n",
      )
      await eventually('it warns', () => /^warning\[MW5006\]: .* `mesh serve` serves /m.test(stderr()))
      assert.equal(await stop(), 0)
    } finally {
      remove()
    }
  })

  it('says why it cannot listen', async () => {
    const { dir, env, remove } = tempState()
    const holder = createServer()
    try {
      cpSync(join(import.meta.dirname, '../../examples/hello'), dir, { recursive: true })
      const port = await new Promise<number>(resolve =>
        holder.listen(0, '127.0.0.1', () => {
          const address = holder.address()
          resolve(typeof address === 'object' && address !== null ? address.port : 0)
        }),
      )
      const busy = await meshIn(dir, ['serve', '--xds', `127.0.0.1:${port}`], env)
      assert.equal(busy.code, 2)
      assert.match(
        busy.stderr,
        new RegExp(`MW8001.*port ${port} on 127\\.0\\.0\\.1 .*pid ${process.pid}[\\s\\S]*= help: .*--xds`),
      )
      const odd = await meshIn(dir, ['serve', '--xds', 'everywhere'], env)
      assert.equal(odd.code, 2)
      assert.match(odd.stderr, /MW8009.*--xds everywhere/)
    } finally {
      holder.close()
      remove()
    }
  })
})
