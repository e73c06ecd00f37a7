import type { Compiled } from '../compile.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { TextOptions } from '../diagnostics/render-text.ts'
import { renderers } from '../diagnostics/renderers.ts'
import { shortPath } from './find-instance.ts'
import { isColoured } from './terminal.ts'
import { typed } from './typed-command.ts'

/** How findings without a source are printed to a stream. */
export function plainOptions(stream: NodeJS.WriteStream): TextOptions {
  return { isColoured: isColoured(stream), command: typed }
}

/** How a compile's findings are printed to a stream: with the sources that they point into. */
export function textOptions(
  { loaded, waived }: Pick<Compiled, 'loaded' | 'waived'>,
  stream: NodeJS.WriteStream,
): TextOptions {
  return {
    ...plainOptions(stream),
    waived,
    ...(loaded === undefined ? {} : { folder: shortPath(loaded.root), sources: loaded.sources }),
  }
}

/** Findings as people read them, with a last line that counts them. */
export function findingsText(
  compiled: Pick<Compiled, 'loaded' | 'waived'>,
  diagnostics: readonly Diagnostic[],
  stream: NodeJS.WriteStream,
): string {
  return renderers.text(diagnostics, textOptions(compiled, stream))
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(finding => finding.severity === 'error')
}
