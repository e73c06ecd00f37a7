import { calls, service } from 'meshwright'

// a and b call each other; each proxy knows whom its service calls, and nobody else.
export const a = service('a', { port: 80, versions: { v1: {} } })
export const b = service('b', { port: 80, versions: { v1: {} } })
export const c = service('c', { port: 80, versions: { v1: {} } })

calls(a, [b])
calls(b, [a, c])
