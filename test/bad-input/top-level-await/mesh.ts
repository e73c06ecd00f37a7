import { service } from 'meshwright'

await Promise.resolve(1)
export const web = service('web', { port: 8080 })
