import { param, service } from 'meshwright'

const env = param('env', { oneOf: ['staging', 'prod'] })
const port = param('port', { type: 'number', default: 8080 })
const name = param('name')
export const web = service(`${name}-${env}`, { port })
