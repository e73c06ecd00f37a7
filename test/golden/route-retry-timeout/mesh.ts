import { otherwise, path, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const patient = route(reviews, [
  when(path('/once')).to(reviews).retry({ attempts: 0 }).timeout('500ms'),
  otherwise
    .to(reviews)
    .timeout('2s')
    .retry({ attempts: 3, on: ['5xx', 'connect-failure', '409'], perTry: '1.5s', backoff: '10ms' }),
])
