import type { ObjectMeta } from '../resource.ts'
import type { EntryLabels, WorkloadEntrySpec } from './workload-entry.ts'

/** What the WorkloadEntries of like machines have in common, for control planes with which machines register. */
export interface WorkloadGroup {
  /** Group and version; all three mean the same here. New resources take `networking.istio.io/v1`. */
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'WorkloadGroup'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** What a machine’s entry is made from. Kept for Istio: no machine registers by it here. */
  spec: WorkloadGroupSpec
}

export interface WorkloadGroupSpec {
  /** Labels and annotations of the entries that are made. Default: none. */
  metadata?: WorkloadGroupMetadata
  /** What the entries hold, less the address, which the machine brings. */
  template: WorkloadTemplate
  /** How a machine is asked whether it is well. Default: it is. */
  probe?: ReadinessProbe
}

/** What entries have in common. */
export interface WorkloadTemplate extends WorkloadEntrySpec {
  /**
   * Address of the entries; at most 256 characters. Default: each machine brings its own.
   * @maxLength 256
   */
  address?: string
}

export interface WorkloadGroupMetadata {
  /** Labels of each entry, at most 256. Default: none. */
  labels?: EntryLabels
  /** Annotations of each entry, at most 256. Default: none. */
  annotations?: EntryLabels
}

/** How a machine is asked, and how often. Exactly one of `httpGet`, `tcpSocket`, `exec` and `grpc`. */
export interface ReadinessProbe {
  /**
   * Seconds from the start to the first question. Default: 0.
   * @minimum 0
   * @maximum 2147483647
   */
  initialDelaySeconds?: number
  /**
   * Seconds until a question counts as failed. Default: 1.
   * @minimum 0
   * @maximum 2147483647
   */
  timeoutSeconds?: number
  /**
   * Seconds between questions. Default: 10.
   * @minimum 0
   * @maximum 2147483647
   */
  periodSeconds?: number
  /**
   * So many good answers in a row make it well again. Default: 1.
   * @minimum 0
   * @maximum 2147483647
   */
  successThreshold?: number
  /**
   * So many failures in a row make it unwell. Default: 3.
   * @minimum 0
   * @maximum 2147483647
   */
  failureThreshold?: number
  /** Asks by HTTP; 200–399 is well. One of the four is needed. */
  httpGet?: HTTPHealthCheck
  /** Opens a connection. One of the four is needed. */
  tcpSocket?: TCPHealthCheck
  /** Runs a program; exit code 0 is well. One of the four is needed. */
  exec?: ExecHealthCheck
  /** Asks by gRPC’s health protocol. One of the four is needed. */
  grpc?: GRPCHealthCheck
}

export interface HTTPHealthCheck {
  /** Path of the request. Default: `/`. */
  path?: string
  /**
   * The port that is asked, 1–65535.
   * @minimum 0
   * @maximum 4294967295
   */
  port: number
  /** The host that is asked. Default: the machine itself. */
  host?: string
  /** `HTTP` or `HTTPS`. Default: `HTTP`. */
  scheme?: string
  /** Headers that the request carries. Default: none. */
  httpHeaders?: HTTPHeader[]
}

export interface HTTPHeader {
  /**
   * Its name: letters, digits, hyphens and underscores. Default: empty.
   * @pattern ^[-_A-Za-z0-9]+$
   */
  name?: string
  /** Its value. Default: empty. */
  value?: string
}

export interface TCPHealthCheck {
  /** The host that is asked. Default: the machine itself. */
  host?: string
  /**
   * The port that is asked, 1–65535.
   * @minimum 0
   * @maximum 4294967295
   */
  port: number
}

export interface ExecHealthCheck {
  /**
   * Program and arguments; none of them empty.
   * @itemMinLength 1
   */
  command: string[]
}

export interface GRPCHealthCheck {
  /**
   * The port that is asked, 1–65535. Default: 0, where nobody answers.
   * @minimum 0
   * @maximum 4294967295
   */
  port?: number
  /** The gRPC service whose health is asked for. Default: the server as a whole. */
  service?: string
}
