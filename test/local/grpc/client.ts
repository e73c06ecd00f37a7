/**
 * Dials whom its first argument names, and for each line that it reads calls that many times: who answered how often is a line of JSON.
 */
import { createInterface } from 'node:readline'
import { credentials, makeClientConstructor } from '@grpc/grpc-js'
import { register } from '@grpc/grpc-js-xds'
import { greeting } from './greeting.ts'

register()
const Greeter = makeClientConstructor(greeting, 'Greeting')
const client = new Greeter(process.argv[2]!, credentials.createInsecure())

type Greet = (
  request: string,
  options: { deadline: Date },
  answer: (error: Error | null, value?: string) => void,
) => void

function greet(): Promise<string> {
  const deadline = new Date(Date.now() + 30_000)
  const call = (client as unknown as { greet: Greet }).greet.bind(client)
  return new Promise(done => call('hello', { deadline }, (error, value) => done(error?.message ?? value ?? '')))
}

for await (const line of createInterface({ input: process.stdin })) {
  const counts: { [answer: string]: number } = {}
  for (let left = Number(line); left > 0; left--) {
    const answer = await greet()
    counts[answer] = (counts[answer] ?? 0) + 1
  }
  process.stdout.write(`${JSON.stringify(counts)}\n`)
}
client.close()
