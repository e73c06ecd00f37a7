import { service } from 'meshwright'

const ratings = service('ratings', { port: 9080 })
const forgotten = service('forgotten', { port: 9080 })
export const reviews = service('reviews', { port: 9080, calls: [ratings] })
