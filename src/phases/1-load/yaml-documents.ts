/** Where the documents of a file begin, so that those that stay the same are not parsed again when another one is edited. */

export interface DocumentText {
  /** Offset in the file. */
  readonly base: number
  /** Of one document most often; of several where it can't be told from afar where one begins. */
  readonly text: string
}

/** A line of three dashes begins a document wherever it stands: not even a block of text can hold one (YAML 1.2, 9.1.2). */
const beginning = /^---(?=\s|$)/gm

/** Lines that are about what follows, and so belong to it. */
const notes = /^(?:---)?(?:\s|#.*)*$/

/** In order; together they are the text. */
export function documentTexts(text: string): readonly DocumentText[] {
  // Directives and ends of documents are rare, and say things of what is around them.
  if (/^(?:%|\.\.\.)/m.test(text)) return [{ base: 0, text }]
  const bases = [0]
  for (const { index } of text.matchAll(beginning))
    if (index > 0 && !notes.test(text.slice(bases.at(-1), index))) bases.push(index)
  return bases.map((base, n) => ({ base, text: text.slice(base, bases[n + 1]) }))
}
