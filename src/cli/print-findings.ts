import type { Compiled } from '../compile.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { renderSummary, renderText } from '../diagnostics/render-text.ts'
import { shortPath } from './find-instance.ts'
import { isColoured } from './terminal.ts'

/** Findings as people read them, with a last line that counts them. */
export function findingsText(
  compiled: Pick<Compiled, 'loaded' | 'waived'>,
  diagnostics: readonly Diagnostic[],
  stream: NodeJS.WriteStream,
): string {
  const { loaded, waived } = compiled
  const text = renderText(diagnostics, {
    isColoured: isColoured(stream),
    ...(loaded === undefined ? {} : { folder: shortPath(loaded.root), sources: loaded.sources }),
  })
  const summary = `${renderSummary(diagnostics)}${waived > 0 ? ` (${waived} waived)` : ''}\n`
  return text === '' ? summary : `${text}\n${summary}`
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(finding => finding.severity === 'error')
}
