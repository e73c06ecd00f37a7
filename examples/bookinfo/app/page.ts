/** The HTML of the shop's page, from the two answers that it is made of. */
import type { BookDetails } from './details.ts'
import type { Review, Reviews, Stars } from './reviews.ts'
import type { Answer } from './service.ts'

/** All that the page shows. */
export interface PageContent {
  readonly user: string | undefined
  readonly details: Answer<BookDetails>
  readonly reviews: Answer<Reviews>
}

/** The whole page. Whatever comes from outside is escaped. */
export function renderPage({ user, details, reviews }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Simple Bookstore App</title>
  <link rel="stylesheet" href="/static/shop.css">
  <link rel="icon" href="/static/cover.svg">
</head>
<body>
  <header>
    <a class="brand" href="/productpage"><img src="/static/cover.svg" alt="" width="24" height="32">Simple Bookstore App</a>
    ${renderUser(user)}
  </header>
  <main>
    <section class="hero">
      <img class="cover" src="/static/cover.svg" alt="Cover: two masks that look alike" width="180" height="240">
      <div>
        <p class="shelf">Plays · Book of the week</p>
        <h1>The Comedy of Errors</h1>
        <p class="byline">by William Shakespeare</p>
        <p>A merchant walks into a town where he has never been, and everybody greets him by name: his twin brother has
        lived there all along, and so has the twin of his servant. By nightfall the wrong man has been fed, arrested and
        married to, and only an abbess can say who is who.</p>
        <p class="offer"><strong>€ 7.50</strong> <span>in stock, leaves the shop tomorrow</span></p>
      </div>
    </section>
    <div class="columns">
      <section class="card" id="details"><h2>Book details</h2>${renderDetails(details)}</section>
      <section class="card" id="reviews"><h2>What readers say</h2>${renderReviews(reviews)}</section>
    </div>
  </main>
  <footer>A small shop that sells one book, to show how four services talk.</footer>
</body>
</html>
`
}

function renderUser(user: string | undefined): string {
  if (user === undefined)
    return `<form method="post" action="/login">
      <label for="username">Your name</label>
      <input id="username" name="username" placeholder="jason" required maxlength="32" pattern="[A-Za-z0-9_.\\-]+" autocomplete="username">
      <button>Log in</button>
    </form>`
  return `<form method="post" action="/logout"><span>Hello, <strong id="user">${escapeHtml(user)}</strong></span><button>Log out</button></form>`
}

function renderDetails(answer: Answer<BookDetails>): string {
  if (!answer.ok) return renderError('The book’s details are unavailable', answer.error)
  const { author, year, format, pages, publisher, language, isbn } = answer.value
  const rows = {
    Author: author,
    'First played': year,
    Format: `${format}, ${pages} pages`,
    Publisher: publisher,
    Language: language,
    ISBN: isbn,
  }
  const html = Object.entries(rows).map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(String(value))}</dd>`)
  return `<dl>${html.join('')}</dl>`
}

function renderReviews(answer: Answer<Reviews>): string {
  if (!answer.ok) return renderError('The reviews are unavailable', answer.error)
  const { stars, reviews, error } = answer.value
  const note =
    error === undefined ? '' : renderError('The ratings are unavailable', error.replace(/^ratings unavailable: /, ''))
  return `${note}<div class="reviews" data-stars="${escapeHtml(stars)}">${reviews.map(review => renderReview(review, stars)).join('')}</div>`
}

function renderReview({ reviewer, text, rating }: Review, stars: Stars): string {
  const shown = rating === undefined || stars === 'none' ? '' : renderStars(rating, stars)
  return `<blockquote><p>${escapeHtml(text)}</p><footer>— ${escapeHtml(reviewer)}${shown}</footer></blockquote>`
}

function renderStars(rating: number, colour: Stars): string {
  const full = Math.min(5, Math.max(0, Math.round(rating)))
  const symbols = '★'.repeat(full) + '☆'.repeat(5 - full)
  return `<span class="stars ${escapeHtml(colour)}" role="img" aria-label="${full} of 5 stars, ${escapeHtml(colour)}">${symbols}</span>`
}

function renderError(what: string, why: string): string {
  return `<p class="unavailable" role="alert"><strong>${what} right now.</strong> We asked for them: ${escapeHtml(why)}. Please try again in a moment.</p>`
}

const entities: Readonly<{ [character: string]: string }> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? '')
}
