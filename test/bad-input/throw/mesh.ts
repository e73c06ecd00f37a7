import { service } from 'meshwright'
import { portOf } from './ports.ts'

function declare(name: string) {
  const port = portOf(name)
  return service(name, { port })
}
export const web = declare('web')
