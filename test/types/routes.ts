// Mistakes about routes that TypeScript rejects; each stands above its good twin. Never run.
import { caller, header, method, otherwise, path, query, route, service, when } from 'meshwright'

const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
const ratings = service('ratings', { ports: { http: 80, admin: 90 }, versions: { v1: {}, v3: {} } })

// A version that does not exist.
// @ts-expect-error
otherwise.to(reviews.v9)
otherwise.to(reviews.v2)

// A version of another service in a split.
// @ts-expect-error
route(reviews, [otherwise.split({ v1: 90, v3: 10 })])
route(reviews, [otherwise.split({ v1: 90, v2: 10 })])

// A weight as text.
// @ts-expect-error
otherwise.split({ v1: '90', v2: 10 })
otherwise.split({ v1: 90, v2: 10 })

// A service by its name.
// @ts-expect-error
otherwise.to('reviews')
otherwise.to(reviews)

// A route for a service by its name.
// @ts-expect-error
route('reviews', [otherwise.to(reviews)])
route(reviews, [otherwise.to(reviews)])

// A port that the target does not have.
// @ts-expect-error
otherwise.to(ratings, { port: 'metrics' })
otherwise.to(ratings, { port: 'admin' })

// A port of a version that its service does not have.
// @ts-expect-error
otherwise.to(ratings.v1, { port: 'metrics' })
otherwise.to(ratings.v1, { port: 'admin' })

// A port by number: ports go by their names, so that TypeScript knows them.
// @ts-expect-error
otherwise.to(ratings, { port: 90 })
otherwise.to(ratings, { port: 'http' })

// A port of a service that has but one.
// @ts-expect-error
otherwise.to(reviews, { port: 'http' })
otherwise.to(reviews)

// Two actions.
// @ts-expect-error
otherwise.to(reviews.v1).to(reviews.v2)
otherwise.to(reviews.v1).mirror(reviews.v2)

// A redirect that also forwards.
// @ts-expect-error
otherwise.redirect({ path: '/new' }).to(reviews)
otherwise.redirect({ path: '/new' })

// A timeout for an answer that nothing is waited for.
// @ts-expect-error
otherwise.respond(404).timeout('2s')
otherwise.to(reviews).timeout('2s')

// A rule without an action.
// @ts-expect-error
route(reviews, [when(header('a').exists())])
route(reviews, [when(header('a').exists()).to(reviews)])

// A timeout without unit.
// @ts-expect-error
otherwise.to(reviews).timeout('2')
otherwise.to(reviews).timeout('2s')

// A timeout that is a number.
// @ts-expect-error
otherwise.to(reviews).timeout(2)
otherwise.to(reviews).timeout('500ms')

// A retry condition that does not exist.
// @ts-expect-error
otherwise.to(reviews).retry({ attempts: 2, on: ['5xxx'] })
otherwise.to(reviews).retry({ attempts: 2, on: ['5xx', '409'] })

// Retries that do not say how often.
// @ts-expect-error
otherwise.to(reviews).retry({ on: ['5xx'] })
otherwise.to(reviews).retry({ attempts: 1, on: ['5xx'] })

// A status as text.
// @ts-expect-error
otherwise.to(reviews).abort('503')
otherwise.to(reviews).abort(503, { percent: 10 })

// A share as text.
// @ts-expect-error
otherwise.to(reviews).delay('2s', { percent: '50%' })
otherwise.to(reviews).delay('2s', { percent: 50 })

// A redirect with a status that is none.
// @ts-expect-error
otherwise.redirect({ path: '/new', code: 200 })
otherwise.redirect({ path: '/new', code: 308 })

// Both a path and an expression to rewrite by.
// @ts-expect-error
otherwise.to(reviews).rewrite({ path: '/a', regex: { match: 'b', to: 'c' } })
otherwise.to(reviews).rewrite({ regex: { match: 'b', to: 'c' } })

// A condition that is a text.
// @ts-expect-error
when('/reviews')
when(path('/reviews'))

// A header that is compared with nothing.
// @ts-expect-error
when(header('end-user'))
when(header('end-user').exists())

// A comparison that does not exist.
// @ts-expect-error
header('end-user').equals('jason')
header('end-user').is('jason')

// The absence of a query parameter, which cannot be asked for.
// @ts-expect-error
query('a').isAbsent()
query('a').is('b')

// A method that does not exist.
// @ts-expect-error
method('FETCH')
method('GET')

// A caller by its name.
// @ts-expect-error
caller('productpage')
caller(reviews)

// A header's value that is a number.
// @ts-expect-error
otherwise.to(reviews).requestHeaders({ set: { 'x-a': 1 } })
otherwise.to(reviews).requestHeaders({ set: { 'x-a': '1' } })

// Cross-origin rules without origins.
// @ts-expect-error
otherwise.to(reviews).cors({ methods: ['GET'] })
otherwise.to(reviews).cors({ origins: ['*'], methods: ['GET'] })

// An origin that is neither text, prefix nor expression.
// @ts-expect-error
otherwise.to(reviews).cors({ origins: [{ exact: 'https://shop.example' }] })
otherwise.to(reviews).cors({ origins: [{ prefix: 'http://localhost:' }, { regex: 'https://.+' }] })

// Another condition for what is for all that is left.
// @ts-expect-error
otherwise.or(path('/reviews')).to(reviews)
when(header('a').exists()).or(path('/reviews')).to(reviews)

// A gRPC status that does not exist.
// @ts-expect-error
otherwise.to(reviews).abort({ grpc: 'UNAVAILABEL' })
otherwise.to(reviews).abort({ grpc: 'UNAVAILABLE' })

// A gRPC status without saying that it is one.
// @ts-expect-error
otherwise.to(reviews).abort('UNAVAILABLE')
otherwise.to(reviews).abort({ grpc: 'UNAVAILABLE' }, { percent: 10 })

// A redirect by both a whole path and a prefix.
// @ts-expect-error
when(path('/old/*')).redirect({ path: '/new', prefix: '/new/' })
when(path('/old/*')).redirect({ prefix: '/new/' })

// A port to redirect to that is derived from nothing known.
// @ts-expect-error
otherwise.redirect({ scheme: 'https', port: 'from-path' })
otherwise.redirect({ scheme: 'https', port: 'from-scheme' })

// Whether case counts, as text.
// @ts-expect-error
when(path('/cart', { ignoreCase: 'yes' })).to(reviews)
when(path('/cart', { ignoreCase: true })).to(reviews)

// Case ignored by an option where the expression says so itself.
// @ts-expect-error
when(path.matches('/cart', { ignoreCase: true })).to(reviews)
when(path.matches('(?i)/cart')).to(reviews)

// A prefix that a query parameter must not have, which cannot be asked for.
// @ts-expect-error
query('a').doesNotStartWith('b')
header('a').doesNotStartWith('b')

// A port that is derived from a scheme which the redirect does not name.
// @ts-expect-error
otherwise.redirect({ authority: 'reviews.example', port: 'from-scheme' })
otherwise.redirect({ authority: 'reviews.example', port: 'from-request' })
