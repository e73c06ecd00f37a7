/**
 * Which share of a caller's requests each zone gets, so that most of them stay in its own and every endpoint has as much to do
 * as any other (Envoy's zone-aware routing, which it does by itself for callers that know of each other).
 *
 * It is worked out here, of what is known of where callers and endpoints are, for weights reach proxies that run already; Envoy's own
 * way needs a cluster of the caller's kind in each bootstrap.
 */
import { ownValue } from '../../../util/own-value.ts'

/** How much there is in each zone. */
export type ByZone = Readonly<{ [zone: string]: number }>

/**
 * By zone, in sum 1; undefined where requests are better not shared by zones.
 *
 * Endpoints of the own zone that can bear all that comes from it get all of it. Else they get as much as they can bear, and the rest
 * goes where endpoints have less to do, by how much less.
 *
 * @param zone the caller's
 * @param alike how many callers of its kind each zone has
 * @param capacity what the endpoints of each zone can bear
 */
export function zoneShares(zone: string, alike: ByZone, capacity: ByZone): ByZone | undefined {
  const own = shareOf(capacity, zone)
  const calls = shareOf(alike, zone)
  if (own === 0 || calls === 0 || Object.keys(capacity).length < 2) return undefined
  if (own >= calls) return { [zone]: 1 }
  const kept = own / calls
  const spare = Object.keys(capacity)
    .filter(other => other !== zone)
    .map(other => [other, Math.max(0, shareOf(capacity, other) - shareOf(alike, other))] as const)
  const sum = spare.reduce((total, [, share]) => total + share, 0)
  // Where the own zone has too little, another has something to spare: what is missing here is too much there.
  const others = spare.map(([other, share]) => [other, ((1 - kept) * share) / sum] as const)
  return Object.fromEntries([[zone, kept], ...others.filter(([, share]) => share > 0)])
}

function shareOf(amounts: ByZone, zone: string): number {
  const sum = Object.values(amounts).reduce((total, amount) => total + amount, 0)
  return sum === 0 ? 0 : (ownValue(amounts, zone) ?? 0) / sum
}
