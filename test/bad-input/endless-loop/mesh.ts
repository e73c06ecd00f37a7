import { service } from 'meshwright'

function search(): string {
  for (;;) {}
}
export const web = service(search(), { port: 8080 })
