// Version 1 answers; version 3 gets a copy of every request, and nobody waits for it.
import { otherwise, route } from 'meshwright'
import { reviews } from './mesh.ts'

export * from './mesh.ts'
export const shadow = route(reviews, [otherwise.to(reviews.v1).mirror(reviews.v3)])
