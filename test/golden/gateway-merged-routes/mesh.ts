// Two routes of one host meet at a gateway: what takes everything goes last, whatever it is called.
import { expose, gateway, service } from 'meshwright'

export const app = service('app', { port: 80, versions: { v1: {} } })
export const web = service('web', { port: 80, versions: { v1: {} } })

const shop = gateway('shop', { port: 8080 })
export const everything = expose(app, { on: shop })
export const pages = expose(web, { on: shop, paths: ['/web/*'] })
