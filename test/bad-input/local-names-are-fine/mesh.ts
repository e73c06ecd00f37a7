import { service } from 'meshwright'

const process = { port: 8080 }
interface Entry {
  readonly Date: string
}
const entry: Entry = { Date: 'web' }
export const web = service(entry.Date, { port: process.port })
