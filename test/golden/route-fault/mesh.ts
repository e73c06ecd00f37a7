import { header, otherwise, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const faulty = route(reviews, [
  when(header('x-test').exists()).to(reviews).delay('2s', { percent: 50 }).abort(503, { percent: 0.5 }),
  otherwise.to(reviews).delay('100ms'),
])
