import { service } from 'meshwright'

function depth(level: number): number {
  return 1 + depth(level + 1)
}
export const web = service(`web-${depth(0)}`, { port: 8080 })
