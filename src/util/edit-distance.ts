/** How many letters have to be changed, added, taken out or exchanged with their neighbour to make one word of another. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= a.length; row += 1) {
    const [before, above] = [rows[row - 2], rows[row - 1]!]
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1]
      const costs = [above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + (isSame ? 0 : 1)]
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (before !== undefined && column > 1 && isSwap) costs.push(before[column - 2]! + 1)
      current.push(Math.min(...costs))
    }
    rows.push(current)
  }
  return rows[a.length]![b.length]!
}

/** The candidate that a misspelt word was most likely meant to be; undefined where none is near. */
export function nearestWord(word: string, candidates: Iterable<string>): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 4))
  const lower = word.toLowerCase()
  const near = [...candidates]
    .map(candidate => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
  return near[0]?.candidate
}

/**
 * The candidate that a slip made this word of: a letter is missing, is too many, or has changed places with the next. For names that
 * others may have given: `team-a` and `team-b`, or `edge` and `edge-2`, are no slips of each other.
 */
export function slippedWord(word: string, candidates: Iterable<string>): string | undefined {
  return [...candidates].find(candidate => {
    const isOther = withoutDigits(word) !== withoutDigits(candidate)
    const isReplaced = word.length === candidate.length && sorted(word) !== sorted(candidate)
    return isOther && !isReplaced && editDistance(word, candidate) === 1
  })
}

function withoutDigits(word: string): string {
  return word.replaceAll(/-?\d+/g, '')
}

function sorted(word: string): string {
  return [...word].sort().join('')
}
