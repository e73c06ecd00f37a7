// Outside hosts that a service calls: by their own name, at addresses, and a whole domain; another service knows none of them.
import { external, service } from 'meshwright'

export const payments = external('api.payments.example', { port: 443 })
export const rates = external('rates.example', {
  ports: { http: 80, feed: { port: 9000, protocol: 'TCP' } },
  at: ['10.1.2.3', '10.1.2.4'],
})
export const mail = external('mail.example', { port: 587, protocol: 'TCP', at: ['eu.mail.example'] })
export const cdn = external('*.cdn.example', { port: 80 })

export const shop = service('shop', {
  port: 8000,
  versions: { v1: { image: 'shop:1' } },
  calls: [payments, rates, mail, cdn],
})
export const quiet = service('quiet', { port: 8000, versions: { v1: { image: 'quiet:1' } } })
