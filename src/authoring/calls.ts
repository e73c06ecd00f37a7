import { type CallState, stateOf } from './internals.ts'
import type { AnyService, Callee } from './service.ts'
import { site } from './trace.ts'

/**
 * Says that `caller` calls `callees`: for services that call each other, where neither can name the other in its own
 * `calls`. A statement: it holds wherever its module is part of the mesh.
 *
 * @example
 * calls(orders, [stock])
 * calls(stock, [orders])
 */
export function calls(caller: AnyService, callees: readonly Callee[]): void {
  const at = site()
  const state = stateOf(caller)
  callees.forEach((callee, index) => {
    state.calls.push({ target: stateOf<CallState['target']>(callee), trace: { site: at, path: [1, index] } })
  })
}
