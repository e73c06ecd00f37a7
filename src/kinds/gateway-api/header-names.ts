import { noEffect, type RuleFinding, twice } from '../rule-finding.ts'

interface Named {
  readonly name: string
}

/** Names of headers are the same in any case; what comes later is ignored (the specification's rule). */
export function isFirstOfName({ name }: Named, index: number, all: readonly Named[]): boolean {
  return all.findIndex(each => each.name.toLowerCase() === name.toLowerCase()) === index
}

/** Of names that differ by their case an API server takes several. */
export function* headerNames(headers: readonly Named[], pointerOf: (index: number) => string): Iterable<RuleFinding> {
  const names = headers.map(({ name }) => name)
  yield* twice(names, pointerOf)
  for (const [index, name] of names.entries()) {
    const first = names.find(each => each.toLowerCase() === name.toLowerCase())
    if (first !== undefined && first !== name)
      yield noEffect(pointerOf(index), `"${first}" names the same header before it`)
  }
}
