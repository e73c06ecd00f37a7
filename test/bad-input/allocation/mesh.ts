import { service } from 'meshwright'

const lists: number[][] = []
for (let index = 0; index < 1_000; index += 1) {
  lists.push(new Array(131_072).fill(index))
}
export const web = service(`web-${lists.length}`, { port: 8080 })
