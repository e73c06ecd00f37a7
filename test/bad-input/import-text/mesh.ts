import { service } from 'meshwright'
import hosts from './mesh.ts' with { type: 'text' }

export const web = service(hosts, { port: 8080 })
