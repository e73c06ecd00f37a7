import { typed } from '../envoy-resource.ts'
import type { HttpFilter } from './filter.ts'

/** Sends the request on: always the last one. */
export const router: HttpFilter = {
  name: 'envoy.filters.http.router',
  config: () => typed('envoy.extensions.filters.http.router.v3.Router'),
}
