import { istio } from 'meshwright'

const body: any = { spec: { hosts: ['web'] } }
export const raw = istio.virtualService(body)
