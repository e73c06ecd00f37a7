import { nothing, service } from 'meshwright'
import { gone, port } from './ports.ts'

export { Port } from './ports.ts'
export const web = service(`web-${gone}-${nothing}`, { port })
