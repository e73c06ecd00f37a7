// The way in: asks the greeter, whose address is in the environment.
import { createServer } from 'node:http'

const { PORT = '8000', HOST = '127.0.0.1', GREETER_URL = 'http://greeter:8000' } = process.env

createServer(async (request, response) => {
  if (request.url === '/health') {
    response.end('ok\n')
    return
  }
  try {
    const greeting = await fetch(`${GREETER_URL}/greet/mesh`, { signal: AbortSignal.timeout(2000) })
    response.statusCode = greeting.status
    response.end(await greeting.text())
  } catch {
    response.statusCode = 502
    response.end('the greeter does not answer\n')
  }
}).listen(Number(PORT), HOST)
