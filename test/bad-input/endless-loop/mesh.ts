import { service } from 'meshwright'

function search(): string {
  let found = ''
  while (found === '') {
    found = ''.trim()
  }
  return found
}
export const web = service(search(), { port: 8080 })
