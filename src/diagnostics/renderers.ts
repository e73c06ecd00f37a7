import type { Diagnostic } from './diagnostic.ts'
import { renderJson } from './render-json.ts'
import { renderSummary, renderText, type TextOptions } from './render-text.ts'

/** Prints a whole report; options concern people's formats only. */
export type Renderer = (diagnostics: readonly Diagnostic[], options?: TextOptions) => string

/** What `--format` may name. A new format is one line here and one file. */
export const renderers = {
  text: (diagnostics, options = {}) => {
    const waived = options.waived ? ` (${options.waived} waived)` : ''
    return `${renderText(diagnostics, options)}\n${renderSummary(diagnostics)}${waived}\n`.replace(/^\n/, '')
  },
  json: diagnostics => renderJson(diagnostics),
} as const satisfies { readonly [format: string]: Renderer }

export type Format = keyof typeof renderers
