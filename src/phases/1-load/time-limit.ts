/** How long by the clock a thread may take to use up its time on a processor: a busy machine may give it a quarter. */
export function clockMs(processorMs: number): number {
  return 4 * processorMs
}
