import { service } from 'meshwright'

const port = Number(process.env['PORT'])
export const web = service('web', { port })
