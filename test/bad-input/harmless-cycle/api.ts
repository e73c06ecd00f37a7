import { service } from 'meshwright'
import { port } from './mesh.ts'

export const later = () => port()
export const api = service('api', { port: 8081 })
