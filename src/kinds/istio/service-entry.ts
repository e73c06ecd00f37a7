import type { ObjectMeta } from '../resource.ts'
import type { SidecarLabels } from './sidecar.ts'
import type { WorkloadEntrySpec } from './workload-entry.ts'

/** Hosts that are called like services of the mesh: outside ones, or ones of machines. */
export interface ServiceEntry {
  /** Group and version; all three mean the same here. New resources take `networking.istio.io/v1`. */
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'ServiceEntry'
  /** Name, namespace, labels and annotations; callers name the hosts, not this name. */
  metadata: ObjectMeta
  /** Which hosts, how they are spoken to, and where they are. */
  spec: ServiceEntrySpec
}

export interface ServiceEntrySpec {
  /**
   * DNS names that callers use, 1–256, each a service of its own; `*.domain` takes all names below a domain, `*` alone is refused.
   * Routes and destination rules name them as they stand here.
   * @minItems 1
   * @maxItems 256
   */
  hosts: string[]
  /**
   * IP addresses under which callers reach the hosts, 256 at most, of up to 64 characters; address ranges (CIDR) only with the
   * resolutions `NONE` and `STATIC`. Where pods’ traffic is redirected they tell ports without HTTP and TLS apart. Default: none.
   * @maxItems 256
   * @itemMaxLength 64
   */
  addresses?: string[]
  /**
   * Ports that callers reach, 256 at most, names and numbers unique. Default: none.
   * @maxItems 256
   */
  ports?: ServiceEntryPort[]
  /**
   * Outside of the mesh, spoken to in plain text or by the caller’s own TLS; or a part of it, that takes mutual TLS where it can.
   * Default: `MESH_EXTERNAL`.
   */
  location?: 'MESH_EXTERNAL' | 'MESH_INTERNAL'
  /**
   * How endpoints are found. `NONE`: wherever the caller was going; where its traffic is not redirected, its proxy looks the host
   * up. `STATIC`: at the addresses of `endpoints` or of what is selected. `DNS`: at all addresses that their names have.
   * `DNS_ROUND_ROBIN`: at the address that the name has when a connection is made. `DYNAMIC_DNS`: at the address of
   * the name below the host's domain that a request, or the beginning of TLS, asks for. Default: `NONE`.
   */
  resolution?: 'NONE' | 'STATIC' | 'DNS' | 'DNS_ROUND_ROBIN' | 'DYNAMIC_DNS'
  /**
   * Where the hosts are, 4096 at most. Excludes `workloadSelector`; none with `NONE`, one at most with `DNS_ROUND_ROBIN`. Default:
   * with DNS, the hosts themselves.
   * @maxItems 4096
   */
  endpoints?: WorkloadEntrySpec[]
  /** Pods and WorkloadEntries of the namespace that are the endpoints. Default: `endpoints`. */
  workloadSelector?: EndpointSelector
  /**
   * Namespaces that see the hosts: `*` for all, `.` for its own, `~` alone for none. Default: as `defaultServiceExportTo` of
   * MeshConfig has it, or else all.
   */
  exportTo?: string[]
  /**
   * Names of which an endpoint’s certificate must carry one. Default: those of the endpoints’ accounts; hosts outside of the mesh have
   * none. Where a DestinationRule asks for TLS and names nobody, these are asked for.
   */
  subjectAltNames?: string[]
}

export interface EndpointSelector {
  /**
   * Labels that a workload must have, all of them; 256 at most, with values of up to 63 characters. Default: none, and then
   * nothing is selected.
   */
  labels?: SidecarLabels
}

export interface ServiceEntryPort {
  /**
   * The port that callers reach, 1–65535.
   * @minimum 0
   * @maximum 4294967295
   */
  number: number
  /**
   * How it is spoken to, in any case: `HTTP`, `HTTP2`, `GRPC`, `GRPC-WEB`, `HTTPS`, `TLS`, `TCP`, `MONGO`, `MYSQL` or `REDIS`;
   * `TLS` and `HTTPS` are passed on by server name, and stay encrypted. Default: told from the first bytes.
   * @maxLength 256
   */
  protocol?: string
  /**
   * Its name, unique within the entry; a DNS label.
   * @maxLength 256
   */
  name: string
  /**
   * The endpoints’ port, 1–65535, where it is another one. Default: `number`.
   * @minimum 0
   * @maximum 4294967295
   */
  targetPort?: number
}
