// Generated from the table of kinds by `npm run generate`.
/** One way in which a value does not fit its schema, as ajv tells it. */
export interface Violation {
  /** JSON pointer. */
  readonly instancePath: string
  /** Where in the schema it is said. */
  readonly schemaPath: string
  readonly keyword: string
  readonly params: { readonly [name: string]: unknown }
}

export interface Validator {
  readonly validate: { (value: unknown): boolean; errors: readonly Violation[] | null }
  readonly schema: unknown
}

/** By apiVersion and kind, or by the type of a text: the validator that ajv made, and the schema that it was made from. */
export const validators: ReadonlyMap<string, Validator>
