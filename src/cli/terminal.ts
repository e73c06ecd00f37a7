/** Shall this stream get colours? NO_COLOR (no-color.org) and FORCE_COLOR say so before the terminal does. */
export function isColoured(stream: NodeJS.WriteStream): boolean {
  if (process.env['NO_COLOR']) return false
  if (process.env['FORCE_COLOR'] && process.env['FORCE_COLOR'] !== '0') return true
  return stream.isTTY === true && process.env['TERM'] !== 'dumb'
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** SGR parameters (ECMA-48). */
const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }

export type Paint = (text: string, style: Style) => string

/** Colours text, or leaves it plain. */
export function painter(coloured: boolean): Paint {
  return (text, style) => (coloured ? `\u001b[${codes[style]}m${text}\u001b[0m` : text)
}

/** Erases from the cursor to the end of the screen, after going up `lines` lines. */
export function eraseAbove(lines: number): string {
  return lines > 0 ? `\u001b[${lines}A\r\u001b[J` : ''
}
