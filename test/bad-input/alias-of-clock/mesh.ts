import { service } from 'meshwright'

const name = 'Da' + 'te'
const clock = (globalThis as unknown as { [name: string]: { now(): number } })[name]!
export const web = service(`web-${clock.now()}`, { port: 8080 })
