import { loadCodec } from '../../src/protobuf/codec.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import type { Received, XdsClient } from './xds-client.ts'

const names = ['default', 'ROOTCA']

/** A proxy's side of its secrets: it accepts what comes, or keeps its answer to itself. */
export class SecretHolder {
  roots = ''
  chain = ''
  /** Of all that came, in its order: name and version. */
  readonly came: (readonly [name: string, version: string])[] = []
  /** By name: the version that it holds. */
  readonly versions: { [name: string]: string } = {}
  readonly #client: XdsClient
  #isSlow = false
  #unanswered: Received[] = []

  /** @param before what it was on an earlier stream: it says so as it comes back, as Envoy does */
  constructor(client: XdsClient, nodeId: string, before?: SecretHolder) {
    this.#client = client
    this.roots = before?.roots ?? ''
    this.chain = before?.chain ?? ''
    Object.assign(this.versions, before?.versions)
    client.onResponse = response => this.#take(response)
    client.send({ typeUrl: typeUrl.secret, names, nodeId, initialVersions: this.versions })
  }

  beSlow(isSlow: boolean): void {
    this.#isSlow = isSlow
    if (!isSlow) for (const response of this.#unanswered.splice(0)) this.#client.ack(response, names)
  }

  close(): void {
    this.#client.close()
  }

  #take(response: Received): void {
    for (const { name, version, body } of response.resources) {
      const secret = loadCodec().decode('google.protobuf.Any', body) as unknown as {
        tls_certificate?: { certificate_chain: { inline_string: string } }
        validation_context?: { trusted_ca: { inline_string: string } }
      }
      this.chain = secret.tls_certificate?.certificate_chain.inline_string ?? this.chain
      this.roots = secret.validation_context?.trusted_ca.inline_string ?? this.roots
      this.came.push([name, version])
      this.versions[name] = version
    }
    if (this.#isSlow) this.#unanswered.push(response)
    else this.#client.ack(response, names)
  }
}
