// Greets whoever is named: GET /greet/NAME
import { createServer } from 'node:http'

const { PORT = '8000', HOST = '127.0.0.1', GREETING = 'Hello' } = process.env

createServer((request, response) => {
  const [, verb, name = 'you'] = (request.url ?? '/').split('/')
  if (verb !== 'greet' && verb !== 'health') response.statusCode = 404
  response.end(`${GREETING}, ${decodeURIComponent(name)}!\n`)
}).listen(Number(PORT), HOST)
