// Nobody without a certificate of the mesh gets in, and each service hears only from those who call it.
import { allow, mtls } from 'meshwright'
import { details, productpage, ratings, reviews, shop } from './mesh.ts'

export * from './mesh.ts'
export const strict = mtls('STRICT')
export const readers = [
  allow(productpage, { from: [shop] }),
  allow(details, { from: [productpage], methods: ['GET'] }),
  allow(reviews, { from: [productpage], methods: ['GET'] }),
  allow(ratings, { from: [reviews], methods: ['GET'] }),
]
