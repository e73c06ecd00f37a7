import { loadCodec } from '../../src/protobuf/codec.ts'
import { encodeResource } from '../../src/xds/encode-resource.ts'
import { type EncodedResource, type ResourceMap, type Snapshot, typeUrl } from '../../src/xds/snapshot.ts'
import { edsCluster, httpListener, type Json, loadAssignment, routeTo, tcpListener } from './envoy-json.ts'

/** Resources of one type, by name, in Envoy's JSON. */
export interface Resources {
  readonly clusters?: readonly Json[]
  readonly endpoints?: readonly Json[]
  readonly listeners?: readonly Json[]
  readonly routes?: readonly Json[]
  readonly secrets?: readonly Json[]
}

let pushes = 0

/** A snapshot of these, for a push of its own; what each resource needs is read off its JSON. */
export function snapshotOf(
  revision: string,
  { clusters = [], endpoints = [], listeners = [], routes = [], secrets = [] }: Resources,
): Snapshot {
  const types = {
    [typeUrl.cluster]: mapOf(typeUrl.cluster, clusters),
    [typeUrl.endpoint]: mapOf(typeUrl.endpoint, endpoints),
    [typeUrl.listener]: mapOf(typeUrl.listener, listeners),
    [typeUrl.route]: mapOf(typeUrl.route, routes),
    [typeUrl.secret]: mapOf(typeUrl.secret, secrets),
  }
  pushes += 1
  return { revision, push: pushes, types }
}

function mapOf(url: string, values: readonly Json[]): ResourceMap {
  return new Map(values.map(value => resourceOf(url, value)).map(resource => [resource.name, resource]))
}

export function resourceOf(url: string, value: Json): EncodedResource {
  const name = String(value['name'] ?? value['cluster_name'])
  const needs: { [url: string]: string[] } = {}
  const text = JSON.stringify(value)
  const add = (type: string, pattern: RegExp) => {
    const names = [...text.matchAll(pattern)].map(([, found]) => found!)
    if (names.length > 0) needs[type] = [...new Set(names)]
  }
  if (url === typeUrl.cluster) add(typeUrl.endpoint, /"service_name":"([^"]+)"/g)
  if (url === typeUrl.listener) add(typeUrl.route, /"route_config_name":"([^"]+)"/g)
  if (url === typeUrl.listener || url === typeUrl.route) add(typeUrl.cluster, /"cluster":"([^"]+)"/g)
  if (url === typeUrl.cluster || url === typeUrl.listener) add(typeUrl.secret, /"name":"([^"]+)","sds_config"/g)
  return encodeResource(loadCodec(), { typeUrl: url, name, value, needs, from: [`test/${name}`] })
}

/** EDS clusters c0, c1, … with an endpoint each, all routed to by one route configuration of one listener. */
export function chain(revision: string, names: readonly string[], port: (name: string) => number = () => 9): Snapshot {
  return snapshotOf(revision, {
    clusters: names.map(name => edsCluster(name)),
    endpoints: names.map(name => loadAssignment(name, port(name))),
    listeners: [
      httpListener('l', 18_080, { rds: 'r' }),
      ...names.map((name, index) => tcpListener(`l-${name}`, 18_100 + index, name)),
    ],
    routes: names[0] === undefined ? [] : [routeTo('r', names[0])],
  })
}
