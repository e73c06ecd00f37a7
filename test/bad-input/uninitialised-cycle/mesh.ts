import { service } from 'meshwright'
import { api } from './api.ts'

export const web = service('web', { port: 8080, calls: [api] })
