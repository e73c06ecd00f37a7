// Mistakes about access rules that TypeScript rejects; each stands above its good twin. Never run.
import { allow, deny, gateway, istio, service } from 'meshwright'

const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
const ratings = service('ratings', { ports: { http: 80, admin: 90 }, versions: { v1: {} } })
const front = gateway('front', { port: 80 })

// A service by its name.
// @ts-expect-error
allow('ratings')
allow(ratings)

// A caller by its name.
// @ts-expect-error
allow(ratings, { from: ['reviews'] })
allow(ratings, { from: [reviews, front, { namespace: 'shop' }] })

// A version as a caller: its account is that of all versions.
// @ts-expect-error
allow(ratings, { from: [reviews.v2] })
allow(ratings.v1, { from: [reviews] })

// A caller who is not in a list.
// @ts-expect-error
allow(ratings, { from: reviews })
allow(ratings, { from: [] })

// Two ways to name one caller.
// @ts-expect-error
allow(ratings, { from: [{ namespace: 'shop', address: '10.0.0.1' }] })
allow(ratings, { from: [{ namespace: 'shop' }, { address: '10.0.0.1' }] })

// A method in lower case.
// @ts-expect-error
deny(ratings, { methods: ['delete'] })
deny(ratings, { methods: ['DELETE'] })

// A port that the service does not have.
// @ts-expect-error
deny(ratings, { ports: ['metrics'] })
deny(ratings, { ports: ['admin'] })

// A port by its number.
// @ts-expect-error
deny(ratings.v1, { ports: [90] })
deny(ratings.v1, { ports: ['admin'] })

// A path that is no text.
// @ts-expect-error
deny(ratings, { paths: [/admin/] })
deny(ratings, { paths: ['/admin/*', '/users/{*}/keys'] })

// A misspelled option.
// @ts-expect-error
deny(ratings, { path: ['/admin'] })
deny(ratings, { paths: ['/admin'] })

// A claim that is no text.
// @ts-expect-error
allow(ratings, { claims: { age: 7 } })
allow(ratings, { claims: { groups: ['admin'] }, headers: { 'x-a': '*' } })

// Written out: an action that does not exist.
// @ts-expect-error
istio.authorizationPolicy({ metadata: { name: 'a' }, spec: { action: 'Deny' } })
istio.authorizationPolicy({ metadata: { name: 'a' }, spec: { action: 'DENY', rules: [{}] } })

// Written out: a source without the word.
// @ts-expect-error
istio.authorizationPolicy({ metadata: { name: 'a' }, spec: { rules: [{ from: [{ namespaces: ['a'] }] }] } })
istio.authorizationPolicy({ metadata: { name: 'a' }, spec: { rules: [{ from: [{ source: { namespaces: ['a'] } }] }] } })

// Written out: keys as an object.
// @ts-expect-error
istio.requestAuthentication({ metadata: { name: 'a' }, spec: { jwtRules: [{ issuer: 'a', jwks: { keys: [] } }] } })
istio.requestAuthentication({ metadata: { name: 'a' }, spec: { jwtRules: [{ issuer: 'a', jwks: '{"keys":[]}' }] } })
