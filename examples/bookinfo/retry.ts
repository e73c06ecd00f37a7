// A rating that fails is asked for twice more, 250 ms each.
import { otherwise, route } from 'meshwright'
import { ratings } from './mesh.ts'

export * from './mesh.ts'
export const stubborn = route(ratings, [otherwise.to(ratings).retry({ attempts: 2, on: ['5xx'], perTry: '250ms' })])
