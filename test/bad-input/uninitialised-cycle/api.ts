import { service } from 'meshwright'
import { web } from './mesh.ts'

export const api = service('api', { port: 8080, calls: [web] })
