/** Renewal of what runs out: again and again, and sooner where it came to nothing. */

export interface Renewal {
  readonly renew: () => Promise<void>
  /** From one that succeeded to the next, ms. */
  readonly everyMs: number
  /** From one that failed to the next, ms. */
  readonly retryMs: number
  readonly onError: (error: Error) => void
}

/** Begins with the first pause. @returns what ends it */
export function keepRenewing({ renew, everyMs, retryMs, onError }: Renewal): () => void {
  let timer: NodeJS.Timeout | undefined
  let isEnded = false
  const schedule = (ms: number) => {
    if (isEnded) return
    timer = setTimeout(() => void attempt(), ms)
    timer.unref()
  }
  const attempt = async () => {
    try {
      await renew()
      schedule(everyMs)
    } catch (error) {
      if (!isEnded) onError(error as Error)
      schedule(retryMs)
    }
  }
  schedule(everyMs)
  return () => {
    isEnded = true
    clearTimeout(timer)
  }
}
