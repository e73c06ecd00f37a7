import type { Diagnostic } from './diagnostic.ts'
import { renderJson } from './render-json.ts'
import { renderSummary, renderText, type TextOptions } from './render-text.ts'

/** Prints a whole report; options concern people's formats only. */
export type Renderer = (diagnostics: readonly Diagnostic[], options?: TextOptions) => string

/** What `--format` may name. A new format is one line here and one file. */
export const renderers = {
  text: (diagnostics, options) =>
    `${renderText(diagnostics, options)}\n${renderSummary(diagnostics)}\n`.replace(/^\n/, ''),
  json: diagnostics => renderJson(diagnostics),
} as const satisfies { readonly [format: string]: Renderer }

export type Format = keyof typeof renderers
