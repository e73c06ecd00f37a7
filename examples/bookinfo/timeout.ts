// Reviews that take longer than half a second are given up.
import { otherwise, route } from 'meshwright'
import { reviews } from './mesh.ts'

export * from './mesh.ts'
export const impatient = route(reviews, [otherwise.to(reviews).timeout('500ms')])
