/** What the benchmarks share: rows of their tables, and answers of their processes. */
import type { ChildProcess } from 'node:child_process'

export function row(cells: readonly (string | number)[], widths: readonly number[]): void {
  console.log(
    cells
      .map((cell, index) => (index === 0 ? String(cell).padEnd(widths[0]!) : String(cell).padStart(widths[index]!)))
      .join('  '),
  )
}

/** The next message of a child. */
export function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a bench process ended with ${code}`))
    child.once('exit', ended)
    child.once('message', message => {
      child.off('exit', ended)
      resolve(message as T)
    })
  })
}
