/** What an API server answered in place of what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status; 0 where there was no answer at all. */
  readonly status: number
  /** Kubernetes' word for it: `NotFound`, `Conflict`, `Expired`, …; empty where it has none. */
  readonly reason: string
  /** How long the server asks to be left alone, in ms. */
  readonly retryAfterMs: number | undefined
  /** What it found wrong, field by field. */
  readonly causes: readonly ApiCause[]

  constructor(
    status: number,
    message: string,
    details: Partial<Pick<ApiError, 'reason' | 'retryAfterMs' | 'causes'>> = {},
  ) {
    super(message)
    this.status = status
    this.reason = details.reason ?? ''
    this.retryAfterMs = details.retryAfterMs
    this.causes = details.causes ?? []
  }
}

export interface ApiCause {
  /** Path as the API server writes it: `spec.http[0].route[0].weight`; empty where it names none. */
  readonly field: string
  readonly message: string
}

export function isApiError(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && (statuses.length === 0 || statuses.includes(error.status))
}

/**
 * What an API server says of fields in prose alone: of those that it does not know, and of those that its server-side apply
 * can't read (which it calls an error of its own, 500).
 */
export function causesInText(message: string): ApiCause[] {
  const strict = /strict decoding error: (.*)/s.exec(message)?.[1] ?? ''
  const unknown = [...strict.matchAll(/(\w+ field) "((?:[^"\\]|\\.)*)"/g)]
  const typed = /failed to create typed patch object \(.*?\): (.*)/s.exec(message)?.[1] ?? ''
  const unreadable = [...typed.matchAll(/^\s*(?:errors:\s*)?\.((?:"[^"]*"|\[(?:"[^"]*"|[^"\]])*\]|[^\s:[])+): (.*)$/gm)]
  return [
    ...unknown.map(([, text = '', field = '']) => ({ field, message: text })),
    ...unreadable.map(([, field = '', text = '']) => ({ field, message: text })),
  ]
}
