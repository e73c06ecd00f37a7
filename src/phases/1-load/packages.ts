/**
 * The allow-list of packages that a mesh may import, and where their code lies.
 *
 * From sources it is bundled by esbuild on first use; the published package carries it ready-made, because Node strips
 * no types below node_modules.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { ownValue } from '../../util/own-value.ts'

/** By the name that users import: the module's TypeScript, absolute: its source, or its declarations where published. */
export type Packages = Readonly<{ [name: string]: string }>

const fromSources = import.meta.url.endsWith('.ts')

/**
 * The folder that holds the package's modules. The published package mirrors the sources, with declarations in place of
 * TypeScript, and in sandbox/ what {@link bundlePackage} makes.
 */
export const ownFolder = fileURLToPath(new URL('../../', import.meta.url))
const extension = fromSources ? 'ts' : 'd.ts'

/** What users' modules may import. */
export const ownPackages: Packages = {
  meshwright: `${ownFolder}index.${extension}`,
  'meshwright/policy': `${ownFolder}policy.${extension}`,
}

/** The JavaScript file of a package for esbuild to bundle, which compiles sources by itself. */
export function codeFile(name: string, file: string): string {
  return file.endsWith('.d.ts') ? `${ownFolder}sandbox/${name.replace('/', '-')}.js` : file
}

/** The names under which the sandbox's entry finds what collects the declarations. */
export const collector = { evaluate: '__meshwrightEvaluation', tag: '__meshwrightTag' } as const

const bundled = new Map<string, Promise<string>>()

/** JavaScript of an allow-listed package as one ES module; bundled once in a process. */
export function packageCode(name: string, file: string): Promise<string> {
  if (file.endsWith('.d.ts')) return Promise.resolve(readFileSync(codeFile(name, file), 'utf8'))
  const known = bundled.get(file)
  if (known !== undefined) return known
  const code = bundlePackage(name, file)
  bundled.set(file, code)
  return code
}

/**
 * Bundles a package for the sandbox; the build of the published package calls it to make sandbox/*.js.
 *
 * @param file the module's TypeScript source
 * @returns one ES module
 */
export async function bundlePackage(name: string, file: string): Promise<string> {
  const declaration = fileURLToPath(new URL('../../authoring/declaration.ts', import.meta.url))
  const lines = [`export * from ${JSON.stringify(file)}`]
  if (name === 'meshwright') {
    const names = `evaluation as ${collector.evaluate}, declarationTag as ${collector.tag}`
    lines.push(`export { ${names} } from ${JSON.stringify(declaration)}`)
  }
  const result = await build({
    stdin: { contents: lines.join('\n'), resolveDir: ownFolder, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2023',
    charset: 'ascii',
    write: false,
    logLevel: 'silent',
    tsconfigRaw: '{}',
  })
  return result.outputFiles[0]!.text
}

/** True where the package can be imported in this installation. */
export function isInstalled(packages: Packages, name: string): boolean {
  const file = ownValue(packages, name)
  return file !== undefined && existsSync(file)
}
