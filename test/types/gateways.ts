// Mistakes about gateways that TypeScript rejects; each stands above its good twin. Never run.
import { expose, gateway, otherwise, route, service } from 'meshwright'

const web = service('web', { port: 80, versions: { v1: {} } })
const two = service('two', { ports: { http: 80, admin: 90 } })
const front = gateway('front', { port: 8080 })

// A service exposed nowhere.
// @ts-expect-error
expose(web, { paths: ['/'] })
expose(web, { on: front, paths: ['/'] })

// A gateway exposed on a service.
// @ts-expect-error
expose(front, { on: web })
expose(web, { on: front })

// A service where a gateway belongs.
// @ts-expect-error
route(web, [otherwise.to(web)], { on: web })
route(web, [otherwise.to(web)], { on: front })

// One version exposed: what goes where is said by a route.
// @ts-expect-error
expose(web.v1, { on: front })
expose(web, { on: front, hosts: ['web.example'] })

// A port that the service does not have.
// @ts-expect-error
expose(two, { on: front, port: 'metrics' })
expose(two, { on: front, port: 'admin' })

// A gateway without port.
// @ts-expect-error
gateway('a', { hosts: ['web.example'] })
gateway('a', { port: 80, hosts: ['web.example'] })

// A protocol that gateways do not speak.
// @ts-expect-error
gateway('a', { port: 80, protocol: 'REDIS' })
gateway('a', { port: 80, protocol: 'TCP' })

// A certificate without key.
// @ts-expect-error
gateway('a', { port: 443, tls: { certificate: 'a.pem' } })
gateway('a', { port: 443, tls: { certificate: 'a.pem', key: 'a.key' } })

// A version of TLS that is broken.
// @ts-expect-error
gateway('a', { port: 443, tls: { certificate: 'a.pem', key: 'a.key', minVersion: '1.1' } })
gateway('a', { port: 443, tls: { certificate: 'a.pem', key: 'a.key', minVersion: '1.3' } })
