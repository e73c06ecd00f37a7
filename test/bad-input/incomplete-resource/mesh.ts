import { istio } from 'meshwright'

const body = { spec: { hosts: ['web'] } }
export const raw = istio.virtualService(body as never)
