/**
 * Builds what is published: `dist/` mirrors the repository, with JavaScript and declarations in place of TypeScript,
 * because Node strips no types below node_modules. Run by npm's `prepare`.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')

const config = {
  extends: '../tsconfig.json',
  compilerOptions: {
    noEmit: false,
    rootDir: '..',
    outDir: '.',
    declaration: true,
    rewriteRelativeImportExtensions: true,
  },
  include: ['../src', '../policies'],
  exclude: ['../src/generate'],
}

function emit(): void {
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist)
  const file = join(dist, 'tsconfig.json')
  writeFileSync(file, JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', file], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  rmSync(file)
}

/** Declarations keep the sources' `.ts` in their imports; where they are published, there are none. */
function renameImports(): void {
  for (const path of globSync('**/*.d.ts', { cwd: dist })) {
    const file = join(dist, path)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(from |import\()'(\.[^']*)\.ts'/g, "$1'$2.js'"))
  }
}

/** What a mesh imports, as one module each: the sandbox has no files to import from. */
async function bundleForSandbox(): Promise<void> {
  const { bundlePackage } = await import('../phases/1-load/packages.ts')
  mkdirSync(join(dist, 'src/sandbox'))
  for (const [name, file] of [
    ['meshwright', 'index'],
    ['meshwright/policy', 'policy'],
  ] as const) {
    const code = await bundlePackage(name, join(root, `src/${file}.ts`))
    writeFileSync(join(dist, `src/sandbox/${name.replace('/', '-')}.js`), code)
  }
}

/** The mirror is a package scope of its own, so that rules find `meshwright/policy` in it. */
function writeScope(): void {
  const { name, version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    [field: string]: string
  }
  const exports = { '.': './src/index.js', './policy': './src/policy.js' }
  writeFileSync(join(dist, 'package.json'), JSON.stringify({ name, version, type, exports }))
}

/** Files that the code reads beside itself. */
function copyData(): void {
  const wanted = [
    ...globSync(
      ['policies/*/rule.md', 'schemas/**/*.{json,gz}', 'src/**/*.generated.js', 'examples/hello/**/*.{ts,json}'],
      { cwd: root },
    ),
  ]
  for (const path of wanted) {
    const target = join(dist, path)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(root, path), target)
  }
}

/** The command: a file of its own, so that sources need no line for the shell. */
function writeCommand(): void {
  const command = join(dist, 'mesh.js')
  const lines = [
    '#!/usr/bin/env node',
    "import { fileURLToPath } from 'node:url'",
    "import { run } from './preflight.js'",
    '',
    "await run(fileURLToPath(new URL('./src/cli/main.js', import.meta.url)))",
  ]
  writeFileSync(command, `${lines.join('\n')}\n`)
  chmodSync(command, 0o755)
  cpSync(join(root, 'src/cli/preflight.js'), join(dist, 'preflight.js'))
}

// A package that was installed from the registry has its dist already, and neither sources nor compiler.
if (existsSync(join(root, 'src')) && existsSync(join(root, 'node_modules/typescript'))) {
  emit()
  renameImports()
  writeScope()
  await bundleForSandbox()
  copyData()
  writeCommand()
}
