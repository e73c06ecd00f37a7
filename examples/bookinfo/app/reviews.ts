/**
 * What readers say of a book: `GET /reviews/0`.
 *
 * One program, three versions: STARS says whether the reviews come with the stars of the ratings service, and in which
 * colour: none (no call is made), black or red.
 */
import type { Ratings } from './ratings.ts'
import { carryOn, getJson, sendJson, serve } from './service.ts'

export type Stars = 'none' | 'black' | 'red'

export interface Reviews {
  readonly id: string
  readonly stars: Stars
  readonly reviews: readonly Review[]
  /** Why there are no ratings, although there should be. */
  readonly error?: string
}

export interface Review {
  readonly reviewer: string
  readonly text: string
  /** 1 to 5. */
  readonly rating?: number
}

// Less than the page waits for its reviews, so that it is told which of the two failed.
const ratingsTimeoutMs = 2500

const written: readonly Review[] = [
  {
    reviewer: 'Adriana',
    text: 'Two pairs of twins, one small town and not a single straight answer. I laughed at every locked door, and the ending sent me back to page one.',
  },
  {
    reviewer: 'Dromio',
    text: 'Beaten twice for errands I never ran, and still I would read it again. Short, quick and kinder than it first looks.',
  },
]

const ratingsUrl = process.env['RATINGS_URL'] ?? 'http://ratings:9080'

serve('reviews', {
  'GET /reviews/0': async (request, response) => {
    sendJson(response, 200, await reviewsFor(carryOn(request.headers)))
  },
})

async function reviewsFor(headers: Record<string, string>): Promise<Reviews> {
  const stars = colour(process.env['STARS'])
  if (stars === 'none') return { id: '0', stars, reviews: written }
  const answer = await getJson<Ratings>(`${ratingsUrl}/ratings/0`, headers, ratingsTimeoutMs)
  if (!answer.ok) return { id: '0', stars, reviews: written, error: `ratings unavailable: ${answer.error}` }
  return { id: '0', stars, reviews: written.map(review => rated(review, answer.value)) }
}

function rated(review: Review, { ratings }: Ratings): Review {
  const rating = ratings[review.reviewer]
  return rating === undefined ? review : { ...review, rating }
}

function colour(stars: string | undefined): Stars {
  return stars === 'black' || stars === 'red' ? stars : 'none'
}
