import { globSync, readFileSync } from 'node:fs'

export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

/** All our own TypeScript below a folder, less what is generated. */
export function sourcesOf(...folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap(folder => globSync(`${folder}/**/*.ts`))
    .filter(path => !path.endsWith('.generated.ts'))
    .sort()
    .map(path => {
      const text = readFileSync(path, 'utf8')
      return { path: path.replaceAll('\\', '/'), text, lines: text.split('\n') }
    })
}

/** Modules that a file imports by relative paths, as paths from the repository's root. */
export function importsOf({ path, text }: SourceFile): string[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  return [...text.matchAll(/^(?:import|export)\b[^'"]*?from '(\.[^']+)'/gms)].map(match =>
    normalised(folder + match[1]),
  )
}

function normalised(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}
