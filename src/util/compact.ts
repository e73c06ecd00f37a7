/** The same without members that may be undefined and are. */
type Compact<Members extends object> = {
  [Name in keyof Members as undefined extends Members[Name] ? never : Name]: Members[Name]
} & {
  [Name in keyof Members as undefined extends Members[Name] ? Name : never]?: Exclude<Members[Name], undefined>
}

/** Without members that are undefined: absent and undefined must differ in no digest, and what is merged keeps what others said. */
export function compact<Members extends object>(value: Members): Compact<Members> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as unknown as Compact<Members>
}
