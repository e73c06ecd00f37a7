// Every second rating comes 2 s late: does the page still come?
import { otherwise, route } from 'meshwright'
import { ratings } from './mesh.ts'

export * from './mesh.ts'
export const slowRatings = route(ratings, [otherwise.to(ratings).delay('2s', { percent: 50 })])
