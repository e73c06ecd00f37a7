/** Answers each call with the version that it is. */
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { greeting } from './greeting.ts'

const { HOST, PORT, VERSION = '' } = process.env
const server = new Server()
server.addService(greeting, {
  greet: (_: unknown, answer: (error: null, value: string) => void) => answer(null, VERSION),
})
server.bindAsync(`${HOST}:${PORT}`, ServerCredentials.createInsecure(), error => {
  if (error !== null) throw error
})
