import { service } from 'meshwright'

export const web = service('web', { port: 80, versions: { v1: {} } })
