// Who may do what, in words: callers are known by their accounts, across namespaces too.
import { allow, deny, service } from 'meshwright'

const web = service('web', { port: 80 })
const ledger = service('ledger', { ports: { http: 80, admin: 9000 }, namespace: 'money' })

export const readers = allow(ledger, { from: [web, { namespace: 'audit' }], methods: ['GET'], paths: ['/entries/*'] })
export const noAdmin = deny(ledger, { ports: ['admin'] })
export const tried = deny(ledger, { headers: { 'x-debug': '*' }, trial: true, name: 'no-debug' })
export const nobody = allow(web, { from: [] })
