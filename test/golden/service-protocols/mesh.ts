import { service } from 'meshwright'

export const store = service('store', {
  ports: {
    http: 80,
    api: { port: 90, protocol: 'GRPC' },
    h2: { port: 91, protocol: 'HTTP2' },
    db: { port: 5432, protocol: 'TCP' },
  },
  versions: { v1: {} },
})
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [store] })
