import type { ObjectMeta } from '../resource.ts'

/** Something that runs outside of pods, on a machine with an address of its own, and that services may select by its labels. */
export interface WorkloadEntry {
  /** Group and version; all three mean the same here. New resources take `networking.istio.io/v1`. */
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'WorkloadEntry'
  /** Name, namespace, labels and annotations; services select by the labels of `spec`, not by these. */
  metadata: ObjectMeta
  /** Where it is, and what it is. */
  spec: WorkloadEntrySpec
}

export interface WorkloadEntrySpec {
  /**
   * IP address, or `unix:///path` for a socket on the caller’s own machine. A DNS name is taken only by a ServiceEntry whose
   * `resolution` is DNS. Needed unless `network` is set; at most 256 characters.
   * @maxLength 256
   */
  address?: string
  /**
   * By the name of a service’s port, the port that answers here, 1–65535; 128 at most. Default: the service port’s `targetPort`,
   * else its number. Not with a socket.
   */
  ports?: PortNumbers
  /** What services and subsets select it by; at most 256. Default: none. */
  labels?: EntryLabels
  /**
   * The network that it is in, 2048 characters at most, where those of a mesh don’t reach each other. Kept for Istio; no effect
   * on Envoy. Default: none.
   * @maxLength 2048
   */
  network?: string
  /**
   * Where it stands: `region/zone/subzone`, from the widest to the narrowest; the last ones may be left out; 2048 characters at
   * most. Default: unknown.
   * @maxLength 2048
   */
  locality?: string
  /**
   * Its share of the requests, 1048575 at most, beside the weights of the other endpoints. Default: 1, which 0 means too.
   * @minimum 0
   * @maximum 4294967295
   */
  weight?: number
  /**
   * The account in its namespace that its certificate is for, at most 253 characters. Default: `default`.
   * @maxLength 253
   */
  serviceAccount?: string
}

/**
 * Labels of what is selected by them.
 * @maxProperties 256
 */
export interface EntryLabels {
  /** The value of this label. */
  [name: string]: string
}

/**
 * Ports by the names of a service's.
 * @maxProperties 128
 * @valueMinimum 0
 * @valueMaximum 4294967295
 */
export interface PortNumbers {
  /** The port that answers for the service port of this name, 1–65535. */
  [port: string]: number
}
