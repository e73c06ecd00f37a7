// Everybody sees the red stars of version 3.
import { otherwise, route } from 'meshwright'
import { reviews } from './mesh.ts'

export * from './mesh.ts'
export const reviewsRoute = route(reviews, [otherwise.to(reviews.v3)])
