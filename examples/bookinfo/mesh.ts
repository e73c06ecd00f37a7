// A book shop of four services. Its page is the only way in; reviews come in three versions.
import { expose, gateway, service, workload } from 'meshwright'

const run = (app: string) => workload({ command: ['node', `app/${app}.ts`], health: '/health' })
const reviewsWith = (stars: 'none' | 'black' | 'red') => ({ ...run('reviews'), env: { STARS: stars } })

export const ratings = service('ratings', { port: 9080, versions: { v1: run('ratings') } })
export const details = service('details', { port: 9080, versions: { v1: run('details') } })

export const reviews = service('reviews', {
  port: 9080,
  versions: { v1: reviewsWith('none'), v2: reviewsWith('black'), v3: reviewsWith('red') },
  calls: [ratings],
})

export const productpage = service('productpage', {
  port: 9080,
  versions: { v1: run('productpage') },
  calls: [details, reviews],
})

export const shop = gateway('bookinfo', { port: 8080 })

export const front = expose(productpage, {
  on: shop,
  paths: ['/', '/productpage', '/login', '/logout', '/static/*'],
})
