import { expose, gateway, service } from 'meshwright'

export const web = service('web', { port: 80, versions: { v1: {} } })

export const front = gateway('front', {
  port: 8443,
  hosts: ['shop.example', '*.shop.example'],
  tls: { certificate: 'tls/cert.pem', key: 'tls/key.pem', clientCa: 'tls/cert.pem', minVersion: '1.3' },
})
export const exposed = expose(web, { on: front, paths: ['/', '/static/*'] })
