// Testers see black stars; everyone else is being moved to red ones.
import { header, otherwise, route, when } from 'meshwright'
import { reviews } from './mesh.ts'

export * from './mesh.ts'

export const reviewsRoute = route(reviews, [
  when(header('end-user').is('jason')).to(reviews.v2),
  otherwise
    .split({ v1: 90, v3: 10 })
    .timeout('2s')
    .retry({ attempts: 2, on: ['5xx', 'connect-failure'] }),
])
