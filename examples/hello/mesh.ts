// Two services and a way in: http://127.0.0.1:8080/
import { expose, gateway, service } from 'meshwright'

export const greeter = service('greeter', {
  port: 8000,
  versions: { v1: { command: ['node', 'app/greeter.ts'], env: { GREETING: 'Hello' }, health: '/health' } },
})

export const web = service('web', {
  port: 8000,
  versions: { v1: { command: ['node', 'app/web.ts'], health: '/health' } },
  calls: [greeter],
})

export const front = expose(web, { on: gateway('hello', { port: 8080 }) })
