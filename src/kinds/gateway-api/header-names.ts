import { noEffect, type RuleFinding, twice } from '../rule-finding.ts'

/** Names of headers are the same in any case: of several an API server takes, the first holds (the specification's rule). */
export function* headerNames(
  headers: readonly { readonly name: string }[],
  pointerOf: (index: number) => string,
): Iterable<RuleFinding> {
  const names = headers.map(({ name }) => name)
  yield* twice(names, pointerOf)
  for (const [index, name] of names.entries()) {
    const first = names.find(each => each.toLowerCase() === name.toLowerCase())
    if (first !== undefined && first !== name)
      yield noEffect(pointerOf(index), `"${first}" names the same header before it`)
  }
}
