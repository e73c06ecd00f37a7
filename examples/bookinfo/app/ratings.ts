/** How many stars each reviewer gave: `GET /ratings/0`. */
import { sendJson, serve } from './service.ts'

/** Stars, 1 to 5, by reviewer. */
export interface Ratings {
  readonly id: string
  readonly ratings: Readonly<{ [reviewer: string]: number }>
}

const ratings: Ratings = { id: '0', ratings: { Adriana: 5, Dromio: 4 } }

serve('ratings', {
  'GET /ratings/0': (_, response) => sendJson(response, 200, ratings),
})
