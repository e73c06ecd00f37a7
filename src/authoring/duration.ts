/** A length of time: `500ms`, `2s`, `1.5m`, `1h`. */
export type Duration = `${number}ms` | `${number}s` | `${number}m` | `${number}h`
