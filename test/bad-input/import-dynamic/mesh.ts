import { service } from 'meshwright'

const name = './other'
import('./other.ts')
import(name + '.ts')
export const web = service('web', { port: 8080 })
