/**
 * The shop's page: `GET /productpage`, and who is logged in: `POST /login`, `/logout`.
 *
 * It asks details and reviews at the same time and shows what it gets: where one does not answer, its half of the page
 * says so, and the other half is there all the same.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { BookDetails } from './details.ts'
import { renderPage } from './page.ts'
import type { Reviews } from './reviews.ts'
import { carryOn, getJson, type Handler, sendJson, serve } from './service.ts'

const detailsUrl = process.env['DETAILS_URL'] ?? 'http://details:9080'
const reviewsUrl = process.env['REVIEWS_URL'] ?? 'http://reviews:9080'
const timeoutMs = 3000
const maxFormBytes = 4096
// The name travels in a header, so it has to be a harmless word.
const userName = /^[\w.-]{1,32}$/

const files: Readonly<{ [name: string]: { readonly type: string; readonly body: Buffer } }> = {
  'shop.css': { type: 'text/css; charset=utf-8', body: readStatic('shop.css') },
  'cover.svg': { type: 'image/svg+xml', body: readStatic('cover.svg') },
}

const showPage: Handler = async (request, response) => {
  const user = loggedIn(request)
  const headers = { ...carryOn(request.headers), ...(user === undefined ? {} : { 'end-user': user }) }
  const [details, reviews] = await Promise.all([
    getJson<BookDetails>(`${detailsUrl}/details/0`, headers, timeoutMs),
    getJson<Reviews>(`${reviewsUrl}/reviews/0`, headers, timeoutMs),
  ])
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  response.end(renderPage({ user, details, reviews }))
}

// A demonstration: whoever says a name is taken at their word.
const login: Handler = async (request, response) => {
  const form = await readForm(request)
  const user = form?.get('username')?.trim() ?? ''
  if (!userName.test(user))
    sendJson(response, 400, { error: 'a name has 1 to 32 letters, digits, dots, dashes or underscores' })
  else backToPage(response, `user=${user}; Path=/; HttpOnly; SameSite=Lax`)
}

const logout: Handler = (_, response) => backToPage(response, 'user=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax')

serve('productpage', {
  'GET /': (_, response) => void response.writeHead(302, { location: '/productpage' }).end(),
  'GET /productpage': showPage,
  'GET /login': (_, response) => void response.writeHead(302, { location: '/productpage' }).end(),
  'POST /login': login,
  'GET /logout': logout,
  'POST /logout': logout,
  'GET /static/*': (_, response, url) => sendFile(response, url.pathname.slice('/static/'.length)),
})

function sendFile(response: ServerResponse, name: string): void {
  const file = Object.hasOwn(files, name) ? files[name] : undefined
  if (file === undefined) sendJson(response, 404, { error: `there is no file ${name}` })
  else response.writeHead(200, { 'content-type': file.type, 'cache-control': 'max-age=60' }).end(file.body)
}

function readStatic(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'static', name))
}

function backToPage(response: ServerResponse, cookie: string): void {
  response.writeHead(303, { location: '/productpage', 'set-cookie': cookie }).end()
}

function loggedIn(request: IncomingMessage): string | undefined {
  const cookie = request.headers.cookie?.split('; ').find(pair => pair.startsWith('user='))
  const user = cookie?.slice('user='.length)
  return user !== undefined && userName.test(user) ? user : undefined
}

/** The fields of a posted form; undefined where it is too large to be one of ours. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk
    if (body.length > maxFormBytes) return undefined
  }
  return new URLSearchParams(body)
}
