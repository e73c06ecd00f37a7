/**
 * A range in a file that the author wrote.
 *
 * Lines and columns count from 1; columns count UTF-16 code units, as editors do. The end is exclusive.
 */
export interface Span {
  /** Path relative to the mesh's folder, with forward slashes. */
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** The empty span at the start of a file: for findings that concern the file as a whole. */
export function startOf(file: string): Span {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1 }
}
