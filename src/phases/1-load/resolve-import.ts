/** Decides what an import in a user's module means; pure, so that every refusal can be tested without a bundler. */
import { posix } from 'node:path'
import {
  importAbsolute,
  importAttributes,
  importBuiltin,
  importDynamic,
  importExtension,
  importOutside,
  importPackage,
  importRequire,
  importUrl,
} from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { At } from '../../diagnostics/message.ts'

/** A refusal is the finding still to be placed: the bundler knows the range of the import. */
export type Resolved =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'refused'; readonly finding: (at: At) => Diagnostic }

export interface ImportRequest {
  readonly specifier: string
  /** The importing module, relative to the root. */
  readonly importer: string
  readonly isDynamic: boolean
  readonly isRequire: boolean
  readonly hasAttributes: boolean
  readonly isPackage: (name: string) => boolean
}

/** An ordered table: the first rule that speaks decides. */
const rules: readonly ((request: ImportRequest) => Resolved | undefined)[] = [
  request => (request.isDynamic ? refuse(at => importDynamic(at)) : undefined),
  request => (request.isRequire ? refuse(at => importRequire(at)) : undefined),
  // esbuild would inline any file as text, so attributes are refused whatever they say.
  request => (request.hasAttributes ? refuse(at => importAttributes(at)) : undefined),
  request => (request.isPackage(request.specifier) ? { kind: 'package', name: request.specifier } : undefined),
  ({ specifier }) => (specifier.startsWith('node:') ? refuse(at => importBuiltin(at, { specifier })) : undefined),
  ({ specifier }) => (/^[a-z][a-z0-9+.-]+:/i.test(specifier) ? refuse(at => importUrl(at, { specifier })) : undefined),
  ({ specifier }) => (/^([/\\]|[a-z]:)/i.test(specifier) ? refuse(at => importAbsolute(at, { specifier })) : undefined),
  ({ specifier }) => (/^\.\.?(\/|$)/.test(specifier) ? undefined : refuse(at => importPackage(at, { specifier }))),
  resolveRelative,
]

export function resolveImport(request: ImportRequest): Resolved {
  for (const rule of rules) {
    const resolved = rule(request)
    if (resolved !== undefined) return resolved
  }
  return refuse(at => importPackage(at, { specifier: request.specifier }))
}

function resolveRelative({ specifier, importer }: ImportRequest): Resolved {
  const file = posix.normalize(posix.join(posix.dirname(importer), specifier))
  if (file === '..' || file.startsWith('../')) return refuse(at => importOutside(at, { specifier }))
  const extension = posix.extname(file)
  // TypeScript resolves './shop' to './shop.ts' too; both spellings mean the same file.
  if (extension === '') return { kind: 'file', file: `${file}.ts` }
  if (extension !== '.ts' || file.endsWith('.d.ts')) return refuse(at => importExtension(at, { specifier }))
  return { kind: 'file', file }
}

function refuse(finding: (at: At) => Diagnostic): Resolved {
  return { kind: 'refused', finding }
}
