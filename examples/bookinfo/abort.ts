// Ratings fail for jason alone: the page says so, and everybody else sees stars.
import { header, otherwise, route, when } from 'meshwright'
import { ratings } from './mesh.ts'

export * from './mesh.ts'
export const brokenRatings = route(ratings, [
  when(header('end-user').is('jason')).to(ratings).abort(503),
  otherwise.to(ratings),
])
