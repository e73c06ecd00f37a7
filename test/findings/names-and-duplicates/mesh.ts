import { service } from 'meshwright'

export const shop = service('My_Shop', { port: 80, versions: { V_1: { command: ['true'] } } })
export const web = service('web', { port: 80 })
export const again = service('web', { port: 81 })
export const far = service('far', { port: 80, namespace: 'Far.Away' })
