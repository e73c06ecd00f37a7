import { WireWriter } from '../protobuf/wire-writer.ts'
import { encodedResource } from './encode-resource.ts'
import { type EncodedResource, typeUrl } from './snapshot.ts'

/** How one type of resource behaves on a stream. */
export interface ResourceType {
  readonly typeUrl: string
  /** Short name, for people. */
  readonly label: string
  /** LDS and CDS: a first request without names means all, and what is absent from the whole set is gone. */
  readonly isAuthoritative: boolean
  /** Waits for clusters that it names and that are new in the same push. */
  readonly isGated: boolean
  /** Each stream has its own, which are shared with nobody and shown to nobody. */
  readonly isPrivate: boolean
  /** Types whose resources have to be accepted too before one of these counts as accepted. */
  readonly dependsOn: readonly string[]
  /** Answers a name that we don't have, where silence would leave the proxy warming for ever (C4.4). */
  readonly standIn?: (name: string) => EncodedResource
}

/**
 * In the order of a push: make before break. A cluster is there before its endpoints, both before the listener and the
 * route that send traffic to it.
 */
export const resourceTypes: readonly ResourceType[] = [
  {
    typeUrl: typeUrl.cluster,
    label: 'CDS',
    isAuthoritative: true,
    isGated: false,
    isPrivate: false,
    dependsOn: [typeUrl.endpoint, typeUrl.secret],
  },
  {
    typeUrl: typeUrl.endpoint,
    label: 'EDS',
    isAuthoritative: false,
    isGated: false,
    isPrivate: false,
    dependsOn: [],
    standIn: named(typeUrl.endpoint),
  },
  {
    typeUrl: typeUrl.listener,
    label: 'LDS',
    isAuthoritative: true,
    isGated: true,
    isPrivate: false,
    dependsOn: [typeUrl.route, typeUrl.secret, typeUrl.extension],
  },
  {
    typeUrl: typeUrl.route,
    label: 'RDS',
    isAuthoritative: false,
    isGated: true,
    isPrivate: false,
    dependsOn: [],
    standIn: named(typeUrl.route),
  },
  { typeUrl: typeUrl.secret, label: 'SDS', isAuthoritative: false, isGated: false, isPrivate: true, dependsOn: [] },
  {
    typeUrl: typeUrl.extension,
    label: 'ECDS',
    isAuthoritative: false,
    isGated: true,
    isPrivate: false,
    dependsOn: [],
  },
]

const byUrl = new Map(resourceTypes.map(type => [type.typeUrl, type]))

export function resourceType(url: string): ResourceType | undefined {
  return byUrl.get(url)
}

/** Resources that we made up because a proxy asked for a name that its snapshot lacks. */
const standIns = new WeakSet<object>()

export function isStandIn(resource: object): boolean {
  return standIns.has(resource)
}

/** ClusterLoadAssignment and RouteConfiguration both have their name in field 1, and may lack all else. */
function named(url: string): (name: string) => EncodedResource {
  const made = new Map<string, EncodedResource>()
  return name => {
    const known = made.get(name)
    if (known !== undefined) return known
    const writer = new WireWriter()
    writer.uint32(0x0a)
    writer.string(url)
    writer.uint32(0x12)
    const mark = writer.begin()
    writer.uint32(0x0a)
    writer.string(name)
    writer.end(mark)
    const resource = encodedResource(name, writer.finish(), { needs: {}, from: [] })
    standIns.add(resource)
    // Names come from peers: bounded, and what falls out is simply made again.
    if (made.size >= 10_000) made.clear()
    made.set(name, resource)
    return resource
  }
}
