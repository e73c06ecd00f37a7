import { isIP } from 'node:net'
import { readStruct } from '../protobuf/struct.ts'
import { WireReader } from '../protobuf/wire-reader.ts'
import { grpcStatus, StreamRefused } from './grpc-status.ts'

/** Who a proxy says it is, from its node id in Istio's form. */
export interface XdsNode {
  readonly id: string
  readonly cluster: string
  readonly metadata: Readonly<{ [name: string]: unknown }>
  readonly kind: 'sidecar' | 'router'
  readonly ip: string
  readonly name: string
  readonly namespace: string
  /** The part after the last tilde: `default.svc.cluster.local`. */
  readonly domain: string
}

/** Longest node id that is taken, in bytes: four DNS names and then some. */
const longestId = 1024

/**
 * Reads a serialized envoy.config.core.v3.Node.
 *
 * Only what we use is read: Envoy lists its 500 extensions in there, which is most of the bytes.
 *
 * @throws StreamRefused where the id has not Istio's form or the metadata is too big
 */
export function readNode(bytes: Uint8Array, metadataBytes: number): XdsNode {
  let [id, cluster, metadata] = ['', '', new WireReader(new Uint8Array())]
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field === 1) id = reader.string()
    else if (field === 2) cluster = reader.string()
    else if (field === 3) metadata = reader.message()
    else reader.skip(wire)
  }
  if (metadata.end - metadata.at > metadataBytes)
    throw new StreamRefused(
      grpcStatus.resourceExhausted,
      `the node's metadata is bigger than the limit of ${metadataBytes} bytes`,
    )
  return { ...parseNodeId(id), cluster, metadata: readStruct(metadata) }
}

/** What names and domains are made of; anything else could steer a terminal that shows them. */
const dnsName = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/

/** @throws StreamRefused naming the expected form */
export function parseNodeId(id: string): Omit<XdsNode, 'cluster' | 'metadata'> {
  const [kind, ip = '', full = '', domain = '', ...more] = id.length > longestId ? [] : id.split('~')
  const dot = full.lastIndexOf('.')
  const isKnown = kind === 'sidecar' || kind === 'router'
  const isForm = dot > 0 && more.length === 0 && [full, domain].every(text => dnsName.test(text))
  if (!isKnown || !isForm || !isEndpoint(ip)) {
    const expected = 'sidecar~IP~NAME.NAMESPACE~DOMAIN or router~IP~NAME.NAMESPACE~DOMAIN'
    throw new StreamRefused(
      grpcStatus.invalidArgument,
      `the node id ${JSON.stringify(id.slice(0, 100))} has not the form ${expected}`,
    )
  }
  return { id, kind, ip, name: full.slice(0, dot), namespace: full.slice(dot + 1), domain }
}

/** Can this be an endpoint's address? Others' proxies are told it, and one that is none would be refused by all. */
function isEndpoint(ip: string): boolean {
  const first = Number(ip.split('.')[0])
  if (isIP(ip) === 4) return first > 0 && first < 224
  return isIP(ip) === 6 && ip !== '::' && !/^ff/i.test(ip)
}
