import type { Labels } from './node.ts'
import type { Locality } from './placement.ts'

/** Which endpoints a caller prefers by where they and it stand. */
export interface LocalityPreference {
  /** False: none, whatever else is said. */
  readonly isOn: boolean
  /** Shares by the caller's place; empty: the nearest first. */
  readonly distribute: readonly Distribution[]
  /** Regions that stand in for others before the rest does. */
  readonly failover: readonly { readonly from: string; readonly to: string }[]
  /** Labels that bring an endpoint nearer where its value is the caller's, or the one that is named; the weightiest first. */
  readonly failoverPriority: readonly { readonly label: string; readonly value?: string }[]
  /** Regions are kept apart, and within its own a caller stays in its zone as far as the endpoints there suffice. */
  readonly zones?: { readonly minEndpoints: number }
}

export interface Distribution {
  /** `region/zone/subzone`, with `*` for what follows. */
  readonly from: string
  /** By locality: percent. */
  readonly to: Readonly<{ [locality: string]: number }>
}

/** Where a caller stands, and what is known of it. */
export interface CallerPlace {
  readonly locality: Locality
  readonly labels: Labels
  /** How many of its kind, it among them, stand in each zone of its region; absent where nobody asks or knows. */
  readonly alike?: Readonly<{ [zone: string]: number }>
}

/** Does a pattern such as `eu/*` or `eu/a/1` take in a place? What it leaves out at its end may be anything. */
export function coversLocality(pattern: string, { region = '', zone = '', subzone = '' }: Locality): boolean {
  const place = [region, zone, subzone]
  return pattern.split('/').every((part, index) => part === '*' || part === place[index])
}

/** How many of region, zone and subzone two places differ in, from the widest on: 0 is the same subzone, 3 another region. */
export function distance(a: Locality, b: Locality): 0 | 1 | 2 | 3 {
  if ((a.region ?? '') !== (b.region ?? '')) return 3
  if ((a.zone ?? '') !== (b.zone ?? '')) return 2
  return (a.subzone ?? '') === (b.subzone ?? '') ? 0 : 1
}
