import { service } from 'meshwright'

const answer = fetch('http://169.254.169.254/latest/meta-data')
export const web = service(String(answer), { port: 8080 })
