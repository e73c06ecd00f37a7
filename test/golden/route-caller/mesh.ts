import { caller, otherwise, route, service, when } from 'meshwright'

export const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })
export const web = service('web', { port: 80, versions: { v1: {} }, calls: [reviews] })

export const other = service('other', { port: 80, versions: { v1: {} }, calls: [reviews] })

// Decided when compiling: each caller's proxy has only the rules that can hold for it.
export const byCaller = route(reviews, [when(caller(other)).to(reviews.v2), otherwise.to(reviews.v1)])
