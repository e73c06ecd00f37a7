import { type RuleFinding, unknownWord } from '../rule-finding.ts'

/** Protocols that Istio knows (any case), and whether they are plain HTTP. */
export const protocols: ReadonlyMap<string, 'http' | 'tls' | 'other'> = new Map([
  ...(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTP_PROXY'] as const).map(name => [name, 'http'] as const),
  ...(['HTTPS', 'TLS'] as const).map(name => [name, 'tls'] as const),
  ...(['TCP', 'UDP', 'MONGO', 'REDIS', 'MYSQL'] as const).map(name => [name, 'other'] as const),
])

/** Why no proxy serves a port of these (Istio's do not, either). */
export const unserved: ReadonlyMap<string, string> = new Map([
  ['UDP', 'proxies carry TCP, and UDP goes past them'],
  ['HTTP_PROXY', 'it is for the listener of a Sidecar’s egress that applications name as their proxy'],
])

export function* protocolRules(pointer: string, text: string): Iterable<RuleFinding> {
  if (!protocols.has(text.toUpperCase())) yield unknownWord(pointer, text, 'a protocol', [...protocols.keys()])
}
