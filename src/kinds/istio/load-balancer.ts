/** How a DestinationRule has endpoints chosen: by algorithm, by key, by locality. Types of Istio's API only. */

/** Exactly one of `simple` and `consistentHash`. */
export interface LoadBalancerSettings {
  /** Default: `LEAST_REQUEST`. `PASSTHROUGH` keeps the address that was called. */
  simple?: 'UNSPECIFIED' | 'LEAST_CONN' | 'RANDOM' | 'PASSTHROUGH' | 'ROUND_ROBIN' | 'LEAST_REQUEST'
  /** Sends requests with an equal key to the same endpoint, as long as it is there. Excludes `simple`. Default: as that says. */
  consistentHash?: ConsistentHashLB
  /**
   * Prefers endpoints by region, zone and subzone. Default: the mesh’s setting.
   */
  localityLbSetting?: LocalityLoadBalancerSetting
  /**
   * Keeps requests in the caller’s zone as far as its endpoints suffice. Excludes `localityLbSetting`. Default: off.
   */
  zoneAwareLbSetting?: ZoneAwareLoadBalancerSetting
  /** Gives new endpoints less at first; for `ROUND_ROBIN` and `LEAST_REQUEST`. Default: full load at once. */
  warmup?: WarmupConfiguration
  /**
   * How long an endpoint counts as new; superseded by `warmup.duration`. Default: see `warmup`.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  warmupDurationSecs?: string
}

/** Exactly one key. */
export interface ConsistentHashLB {
  /** By the value of this request header; one key is needed. */
  httpHeaderName?: string
  /** By the value of a cookie, which is made where a `ttl` is given; one key is needed. */
  httpCookie?: HTTPCookie
  /** By the address of the client. Default: false. */
  useSourceIp?: boolean
  /** By the value of this query parameter; one key is needed. */
  httpQueryParameterName?: string
  /** Places endpoints on a ring (Ketama). Excludes `maglev`. Default: this, of 1024 places. */
  ringHash?: RingHash
  /**
   * Places endpoints in a table of fixed size (Maglev): faster, moves more keys on a change. Excludes `ringHash`. Default: a
   * ring.
   */
  maglev?: Maglev
  /**
   * Superseded by `ringHash.minimumRingSize`. Default: 1024.
   * @minimum 0
   */
  minimumRingSize?: number
}

export interface HTTPCookie {
  /** Name of the cookie; required. */
  name: string
  /** Path that a cookie made here is for. Default: none is said. */
  path?: string
  /**
   * Makes the cookie where the client has none; `0s`: a session cookie. Default: none is made.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  ttl?: string
  /** Further attributes of a cookie made here, each named once. Default: none. */
  attributes?: CookieAttribute[]
}

export interface CookieAttribute {
  /** The attribute’s name, up to 16384 characters, such as `SameSite`. */
  name: string
  /** The attribute’s value, one line of up to 16384 characters. Default: empty, for one that stands alone (`Secure`). */
  value?: string
}

export interface RingHash {
  /**
   * Least number of places on the ring, 8388608 at most: more share keys more evenly, and take more memory. Default: 1024.
   * @minimum 0
   */
  minimumRingSize?: number
}

export interface Maglev {
  /**
   * Number of places in the table: a prime number below 5000011. Default: 65537.
   * @minimum 0
   */
  tableSize?: number
}

export interface LocalityLoadBalancerSetting {
  /**
   * Shares by the caller’s locality. Excludes the failover fields. Default: none.
   */
  distribute?: LocalityDistribution[]
  /**
   * Which region stands in for which. Excludes `distribute`; needs `outlierDetection`. Default: the nearest.
   */
  failover?: LocalityFailover[]
  /**
   * Labels that bring endpoints nearer where they equal the caller’s, the weightiest first. Excludes `distribute`.
   * Default: none.
   */
  failoverPriority?: string[]
  /**
   * Switches preference by locality on or off for this host. Default: the mesh’s setting.
   */
  enabled?: boolean
}

export interface LocalityDistribution {
  /** The caller’s locality: `region/zone/subzone`, `*` for what follows; needed. */
  from?: string
  /** Share of each locality, percent: 1–100, in sum 100; needed. */
  to?: WeightMap
}

/**
 * Shares of localities, by their names.
 * @valueMinimum 0
 * @valueMaximum 4294967295
 */
export interface WeightMap {
  /** Share of this locality, percent, 1–100. */
  [locality: string]: number
}

export interface LocalityFailover {
  /** Region whose endpoints failed. Default: that of callers whose region is not known. */
  from?: string
  /** Region that takes over, another one. Default: endpoints whose region is not known. */
  to?: string
}

/**
 * Callers stay in their zone as far as its endpoints suffice, which is told by how many callers like them and how many endpoints
 * each zone of the region has; other regions stand in when a region fails. Callers without a service of their own, and hashing, look
 * at regions alone.
 */
export interface ZoneAwareLoadBalancerSetting {
  /** Switches it on or off; where a DestinationRule says it, for its host, whatever is set for the mesh. Default: on. */
  enabled?: boolean
  /** Which region stands in for which. Default: no region comes before another. */
  failover?: LocalityFailover[]
  /**
   * Labels that bring endpoints nearer where they equal the caller’s, the weightiest first; none of those that say where
   * something stands. Default: none.
   */
  failoverPriority?: string[]
  /**
   * With fewer endpoints than this, at least 1, in the caller’s region, zones are not looked at. Default: 6.
   * @minimum 1
   * @maximum 4294967295
   */
  minClusterSize?: number
}

export interface WarmupConfiguration {
  /**
   * How long an endpoint counts as new.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  duration: string
  /**
   * Share at the start, percent of the full one, 0–100. Default: 10.
   * @TJS-type number
   * @minimum 0
   * @maximum 100
   */
  minimumPercent?: number
  /**
   * Shape of the growth; 1 is linear. Default: 1.
   * @TJS-type number
   * @minimum 0
   */
  aggression?: number
}
