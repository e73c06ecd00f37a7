import { service } from 'meshwright'
import { api } from './api.ts'

export const port = () => 8080
export const web = service('web', { port: port(), calls: [api] })
