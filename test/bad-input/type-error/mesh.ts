import { service } from 'meshwright'

export const web = service('web', { port: '8080' })
