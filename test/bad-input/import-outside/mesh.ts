import { service } from 'meshwright'
import { shared } from '../other/shared.ts'

export const web = service(shared, { port: 8080 })
