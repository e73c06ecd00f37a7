// Mistakes about services and workloads that TypeScript rejects; each stands above its good twin. Never run.
import { allow, calls, external, service, traffic, workload } from 'meshwright'

export const ratings = service('ratings', { port: 9080, versions: { v1: { image: 'ratings:1' } } })
export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })

// A port as text.
// @ts-expect-error
service('a', { port: '9080' })
service('a', { port: 9080 })

// Both one port and several.
// @ts-expect-error
service('a', { port: 80, ports: { http: 80, admin: 90 } })
service('a', { ports: { http: 80, admin: 90 } })

// A protocol in lower case.
// @ts-expect-error
service('a', { port: 80, protocol: 'grpc' })
service('a', { port: 80, protocol: 'GRPC' })

// A protocol of one of several ports that does not exist.
// @ts-expect-error
service('a', { ports: { api: { port: 80, protocol: 'HTTP3' } } })
service('a', { ports: { api: { port: 80, protocol: 'HTTP2' } } })

// An unknown option.
// @ts-expect-error
service('a', { port: 80, replicas: 2 })
service('a', { port: 80, versions: { v1: { replicas: 2 } } })

// Calls named by text.
// @ts-expect-error
service('a', { port: 80, calls: ['ratings'] })
service('a', { port: 80, calls: [ratings] })

// Calls of one version: who calls whom is said of services.
// @ts-expect-error
calls(reviews, [ratings.v1])
calls(reviews, [ratings])

// An image that is a number.
// @ts-expect-error
workload({ image: 1 })
workload({ image: 'reviews:1' })

// A command as one text.
// @ts-expect-error
workload({ command: 'node app.ts' })
workload({ command: ['node', 'app.ts'] })

// An object in the environment.
// @ts-expect-error
workload({ env: { STARS: { color: 'red' } } })
workload({ env: { STARS: 'red', COUNT: 5, ON: true } })

// A version that does not exist.
// @ts-expect-error
traffic(reviews.v3, { outliers: {} })
traffic(reviews.v2, { outliers: {} })

// An unknown algorithm.
// @ts-expect-error
traffic(reviews, { loadBalancer: 'ROUND_ROBBIN' })
traffic(reviews, { loadBalancer: 'ROUND_ROBIN' })

// Two keys to hash by.
// @ts-expect-error
traffic(reviews, { loadBalancer: { header: 'x-user', query: 'user' } })
traffic(reviews, { loadBalancer: { header: 'x-user' } })

// A time without unit.
// @ts-expect-error
traffic(reviews, { connections: { connectTimeout: '2' } })
traffic(reviews, { connections: { connectTimeout: '2s' } })

// A misspelled option.
// @ts-expect-error
traffic(reviews, { outliers: { consecutive5xxErrors: 3 } })
traffic(reviews, { outliers: { consecutive5xx: 3 } })

// An outside host has a port.
// @ts-expect-error
external('api.example', {})
external('api.example', { port: 443 })

// A protocol is one of those that are known.
// @ts-expect-error
external('api.example', { port: 443, protocol: 'SMTP' })
external('api.example', { port: 443, protocol: 'TLS' })

// Proxies carry no datagrams: of an outside host nothing would come of them.
// @ts-expect-error
external('api.example', { port: 53, protocol: 'UDP' })
service('dns', { port: 53, protocol: 'UDP' })

// Who may call an outside host is nobody's to say here.
// @ts-expect-error
allow(external('api.example', { port: 443 }))
allow(service('a', { port: 80 }))
