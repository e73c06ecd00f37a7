// A service without versions is somebody else's to run, also where another one is called nearly so.
import { service } from 'meshwright'

export const orders = service('orders', { port: 8000 })
export const order = service('order', { port: 8000, versions: { v1: { image: 'order:1' } } })
export const ledger = service('ledger', {
  port: 8000,
  versions: { v1: { image: 'ledger:1' }, v2: { image: 'ledger:2' } },
})
