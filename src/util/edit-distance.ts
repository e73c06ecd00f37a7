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

/**
 * The candidate that was most likely meant by a misspelled name: at most a third of its letters, and at least one, may
 * differ. Case does not count.
 */
export function nearName(name: string, candidates: readonly string[]): string | undefined {
  const lower = name.toLowerCase()
  const limit = Math.max(1, Math.floor(name.length / 3))
  const [best] = candidates
    .map(candidate => ({ candidate, edits: editDistance(lower, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits)
  return best !== undefined && best.edits <= limit ? best.candidate : undefined
}

/**
 * The one of a fixed list of words that was most likely meant by another: a near one, or the only one of which it is the beginning or
 * end, or that it begins with. `EXTERNAL` is `MESH_EXTERNAL`, and `SIMPLE_TLS` is `SIMPLE`.
 */
export function nearChoice(word: string, choices: readonly string[]): string | undefined {
  const near = nearName(word, choices)
  const lower = word.toLowerCase()
  if (near !== undefined || lower.length < leastPart || !/^[\w-]+$/.test(word)) return near
  const like = choices.filter(choice => {
    const other = choice.toLowerCase()
    const isPart = other.startsWith(lower) || other.endsWith(lower)
    return isPart || (other.length >= leastPart && lower.startsWith(other))
  })
  return like.length === 1 ? like[0] : undefined
}

/** Fewer letters are part of too much. */
const leastPart = 3
