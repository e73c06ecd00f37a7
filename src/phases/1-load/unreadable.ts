import { fileDenied, fileNotUtf8, fileTooLarge, importMissing, linkOutside } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { type Span, startOf } from '../../diagnostics/span.ts'
import type { Source } from './source-tree.ts'

/**
 * The finding for a file that has no text.
 *
 * @param at where the file is asked for; absent: the file itself is the place
 */
export function unreadable(file: string, source: Exclude<Source, { kind: 'text' }>, at?: Span): Diagnostic {
  const span = at ?? startOf(file)
  switch (source.kind) {
    case 'missing':
      return importMissing({ span }, { file })
    case 'outside':
      return linkOutside({ span }, { file })
    case 'denied':
      return fileDenied({ span }, { file })
    case 'too-large':
      return fileTooLarge({ span }, { file, size: megabytes(source.bytes) })
    case 'not-utf8':
      return fileNotUtf8({ span: { ...startOf(file), line: source.line, endLine: source.line } }, { file })
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
