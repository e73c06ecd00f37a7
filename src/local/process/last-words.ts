import { stripVTControlCharacters } from 'node:util'

/** Enough for a stack trace with what an error object carries. Bytes. */
const keptBytes = 16 * 1024
/** A line of a status table is no place for more. Characters. */
const maxLength = 120

/** The end of what one run of a program has said. */
export class LastWords {
  #tail = Buffer.alloc(0)

  hear(chunk: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-keptBytes)
  }

  /** The line that most likely says why it ended; undefined where it said nothing. */
  line(): string | undefined {
    const lines = this.#tail
      .toString()
      .split('\n')
      .map(cleaned)
      .filter(line => line.trim() !== '')
      .reverse()
    const told = lines.find(line => !isTrailer(line)) ?? lines[0]
    return told === undefined ? undefined : cut(told.trim())
  }
}

/**
 * What runtimes print behind an error: indented frames of its stack, what the error object holds, and Node its own
 * version.
 */
function isTrailer(line: string): boolean {
  return /^\s/.test(line) || /^[\])}]+[,;]?\s*$/.test(line) || /^Node\.js v\d/.test(line)
}

/** Control characters, and those that turn the direction of text. */
const obeyed = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/** Without what a terminal would obey, colours first. */
function cleaned(line: string): string {
  return stripVTControlCharacters(line.replaceAll('\t', ' ')).replaceAll(obeyed, '')
}

function cut(line: string): string {
  const characters = [...line]
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : line
}
