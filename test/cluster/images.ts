/**
 * Images for the test cluster, which can pull none: root file systems of this machine's own parts, made of the same list as
 * the Dockerfiles.
 */
import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Image, type ImageBase, images } from '../../src/cluster/images/images.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const script = join(import.meta.dirname, 'cluster')

/** Loads all images into the cluster: ours, Bookinfo's, and Envoy under the name of its official one. */
export async function loadImages(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'mesh-images-'))
  try {
    const bases = new Map<ImageBase, string>()
    for (const image of images) {
      const base = bases.get(image.base) ?? makeBase(image.base, join(work, image.base))
      bases.set(image.base, base)
    }
    const packed = await packProject(work)
    // Images of equal content are one root file system under several names.
    for (const [, same] of Map.groupBy(images, ({ base, files }) => JSON.stringify([base, files]))) {
      const folder = join(work, 'root')
      execFileSync('cp', ['-a', '--reflink=auto', bases.get(same[0]!.base)!, folder])
      for (const [from, to] of same[0]!.files) place(from === 'package' ? packed : join(root, from), join(folder, to))
      const [first, ...others] = same
      await load(first!, folder)
      for (const { name } of others) await run('bash', [script, 'tag', first!.name, name])
      rmSync(folder, { recursive: true })
    }
    await loadEnvoy(join(work, 'envoy'))
    // For whoever calls from outside of the mesh, and to look around in pods.
    await load(
      { ...images[0]!, name: 'library/toolbox:1', entrypoint: ['/bin/sleep', '2147483647'] },
      bases.get('node')!,
    )
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function load({ name, workdir, env, user, entrypoint }: Image, folder: string): Promise<void> {
  const options = [
    `--config.workingdir=${workdir}`,
    `--config.user=${user}`,
    ...Object.entries({ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env }).map(
      ([variable, value]) => `--config.env=${variable}=${value}`,
    ),
    ...entrypoint.map(word => `--config.entrypoint=${word}`),
  ]
  await run('bash', [script, 'image', name, folder], {
    env: { ...process.env, IMAGE_CONFIG: options.join('\n') },
    maxBuffer: 1 << 26,
  })
}

async function loadEnvoy(folder: string): Promise<void> {
  makeFolders(folder)
  addProgram(folder, findTestEnvoy()!, '/usr/local/bin/envoy')
  const name = 'envoyproxy/envoy:distroless-v1.40.0'
  await load(
    { name, base: 'node', files: [], workdir: '/', env: {}, user: 101, entrypoint: ['/usr/local/bin/envoy'] },
    folder,
  )
}

function makeBase(base: ImageBase, folder: string): string {
  makeFolders(folder)
  addProgram(folder, '/bin/busybox', '/bin/busybox')
  for (const tool of ['sh', 'cat', 'sleep', 'wget', 'nc', 'ls', 'id', 'ps', 'kill'])
    symlinkSync('busybox', join(folder, 'bin', tool))
  if (base === 'node') {
    addProgram(folder, process.execPath, '/usr/local/bin/node')
    addProgram(folder, '/usr/bin/curl', '/usr/bin/curl')
  } else {
    for (const kind of ['legacy', 'nft']) {
      const program = `/usr/sbin/xtables-${kind}-multi`
      if (!existsSync(program)) continue
      addProgram(folder, program, program)
      for (const family of ['iptables', 'ip6tables'])
        symlinkSync(`xtables-${kind}-multi`, join(folder, 'usr/sbin', `${family}-${kind}-restore`))
    }
    const standard = existsSync(join(folder, 'usr/sbin/xtables-nft-multi')) ? 'nft' : 'legacy'
    for (const family of ['iptables', 'ip6tables'])
      symlinkSync(`xtables-${standard}-multi`, join(folder, 'usr/sbin', `${family}-restore`))
    const modules = execFileSync('sh', ['-c', 'ls -d /usr/lib/*/xtables'], { encoding: 'utf8' }).trim()
    cpSync(modules, join(folder, modules), { recursive: true })
  }
  return folder
}

function makeFolders(folder: string): void {
  for (const path of ['bin', 'etc', 'tmp', 'run', 'proc', 'sys', 'dev', 'usr/bin', 'usr/sbin', 'usr/local/bin'])
    mkdirSync(join(folder, path), { recursive: true })
  chmodSync(join(folder, 'tmp'), 0o1777)
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nmesh:x:1337:1337::/:/bin/sh\n')
}

/** A program with the libraries that the loader finds for it. */
function addProgram(folder: string, from: string, to: string): void {
  place(from, join(folder, to))
  chmodSync(join(folder, to), 0o755)
  const libraries = execFileSync('sh', ['-c', `ldd "$1" 2>/dev/null | grep -o '/[^ )]*' || true`, 'sh', from], {
    encoding: 'utf8',
  })
  for (const library of libraries
    .trim()
    .split('\n')
    .filter(line => line !== '')) {
    const target = join(folder, library)
    if (existsSync(target)) continue
    mkdirSync(dirname(target), { recursive: true })
    execFileSync('cp', ['-L', library, target])
  }
}

function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true, dereference: true })
}

/** The package as it is published, installed with what it depends on. */
async function packProject(work: string): Promise<string> {
  const folder = join(work, 'package')
  mkdirSync(folder)
  // What is packed is what the sources say now.
  await run('npm', ['run', '--silent', 'prepare'], { cwd: root })
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', work], { cwd: root })
  const tarball = readdirSync(work).find(name => name.endsWith('.tgz'))!
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { meshwright: `file:../${basename(tarball)}` } }),
  )
  await run('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--install-links'], {
    cwd: folder,
  })
  return folder
}
