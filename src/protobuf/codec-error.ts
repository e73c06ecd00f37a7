/**
 * A value does not fit its protobuf type. What we encode is made by our own emitters, so this is a bug of ours and is
 * thrown, not reported.
 */
export class CodecError extends Error {
  override readonly name = 'CodecError'
  readonly reason: string
  /** From the outermost message to the field at fault: `filter_chains[0].filters[1].typed_config`. */
  readonly path: string
  readonly type: string

  constructor(reason: string, { path = '', type = '' }: { readonly path?: string; readonly type?: string } = {}) {
    super(`${type === '' ? '' : `${type}: `}${path === '' ? '' : `${path}: `}${reason}`)
    this.reason = reason
    this.path = path
    this.type = type
  }
}

/** The same error one level further out; other errors pass unchanged. */
export function within(error: unknown, segment: string, type = ''): unknown {
  if (!(error instanceof CodecError)) return error
  const separator = segment === '' || error.path === '' || error.path.startsWith('[') ? '' : '.'
  return new CodecError(error.reason, { path: `${segment}${separator}${error.path}`, type })
}

/** How an error message shows a value: short, and never a whole tree. */
export function shown(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return JSON.stringify(value)?.slice(0, 80) ?? typeof value
}
