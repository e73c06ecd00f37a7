/** What the shop knows of a book: `GET /details/0`. */
import { sendJson, serve } from './service.ts'

/** A book as the details service describes it. */
export interface BookDetails {
  readonly id: string
  readonly title: string
  readonly author: string
  readonly year: number
  readonly format: string
  readonly pages: number
  readonly publisher: string
  readonly language: string
  readonly isbn: string
}

const comedyOfErrors: BookDetails = {
  id: '0',
  title: 'The Comedy of Errors',
  author: 'William Shakespeare',
  year: 1595,
  format: 'Paperback',
  pages: 128,
  publisher: 'Harbour & Quill',
  language: 'English',
  isbn: '979-0-0000-0000-0',
}

serve('details', {
  'GET /details/0': (_, response) => sendJson(response, 200, comedyOfErrors),
})
