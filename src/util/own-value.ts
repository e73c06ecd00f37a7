/**
 * What a table says of a name, where names come from strangers: every object answers to `constructor`, too.
 *
 * @returns undefined where the table itself has no such entry
 */
export function ownValue<Value>(table: { readonly [name: string]: Value }, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
