// The page calls the app; the app's route leads to services that the page doesn't name: it needs their clusters.
import { header, otherwise, route, service, when } from 'meshwright'

export const other = service('other', { port: 80, versions: { v1: {} } })
export const shadow = service('shadow', { port: 80, versions: { v1: {} } })
export const app = service('app', { port: 80, versions: { v1: {} } })
export const page = service('page', { port: 80, versions: { v1: {} }, calls: [app] })

export const appRoute = route(app, [when(header('x-other').exists()).to(other), otherwise.to(app.v1).mirror(shadow)])
