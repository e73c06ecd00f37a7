/**
 * What the sandbox's global object lacks, and how it says so.
 *
 * QuickJS has none of these but Math.random, eval and the weak references; the getters exist so that a use, however it
 * is spelled, ends in a finding that names the thing and the remedy instead of in "x is not defined".
 */

/** By name of a global: why a mesh has none. The texts complete "… is not available: ". */
export const forbiddenGlobals: Readonly<{ [name: string]: string }> = {
  ...reason('a mesh must not depend on the time, so that it compiles to the same today and tomorrow', [
    'Date',
    'performance',
  ]),
  ...reason('a mesh must not depend on chance', ['crypto', 'Math.random']),
  ...reason('a mesh has no access to the machine or its environment', [
    ...['process', 'require', 'module', 'exports', '__dirname', '__filename', 'global', 'Buffer', 'Deno', 'Bun'],
    ...['window', 'document', 'navigator', 'localStorage'],
  ]),
  ...reason('a mesh has no network', ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource']),
  ...reason('a mesh is evaluated once, in order, and nothing runs later', [
    ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame', 'Worker'],
  ]),
  ...reason('a mesh has no output but its resources', ['console', 'alert']),
  ...reason('code from strings has no place in the source that a finding could point at', ['eval', 'WebAssembly']),
  ...reason('what the garbage collector does must not be seen', ['WeakRef', 'FinalizationRegistry']),
  ...reason('texts must not depend on the language of the machine', ['Intl']),
}

/** Name of the error that a use of a forbidden global throws; its message is the global's name. */
export const forbiddenError = 'MeshwrightForbidden'

function reason(why: string, names: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(names.map(name => [name, why]))
}

/** Script that runs in a fresh context before any user code. */
export const sandboxPrelude = `(() => {
  const refuse = name => { const error = new Error(name); error.name = '${forbiddenError}'; throw error }
  for (const name of ${JSON.stringify(Object.keys(forbiddenGlobals).filter(name => !name.includes('.')))}) {
    Object.defineProperty(globalThis, name, { configurable: false, enumerable: false, get: () => refuse(name), set: () => refuse(name) })
  }
  Object.defineProperty(Math, 'random', { configurable: false, writable: false, value: () => refuse('Math.random') })
})()`
