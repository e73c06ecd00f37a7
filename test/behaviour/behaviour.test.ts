/** What Envoy does of what VirtualServices and DestinationRules say: a row for each feature. */
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { changeRows } from './change-rows.ts'
import { checkRow } from './check-row.ts'
import { delegateRows } from './delegate-rows.ts'
import { failureRows } from './failure-rows.ts'
import { matchRows } from './match-rows.ts'
import { type Row, versions } from './row.ts'
import { type Scene, type SceneRow, startScene } from './scene.ts'
import { spreadRows } from './spread-rows.ts'
import { Upstreams } from './upstreams.ts'

const networking = 'networking.istio.io/v1'
const tables: Readonly<{ [title: string]: readonly Row[] }> = {
  'a rule is for': matchRows,
  'a rule': changeRows,
  'a rule of a delegate': delegateRows,
  'a caller’s proxy': failureRows,
  'a caller’s proxy, for its destinations,': spreadRows,
}

function sceneRow(
  { http, delegate, policy, protocol = 'http', isEdge }: Row,
  service: string,
  ports: SceneRow['ports'],
): SceneRow {
  const named = (value: object) =>
    JSON.parse(
      JSON.stringify(value).replaceAll('"HOST"', `"${service}"`).replaceAll('"DELEGATE"', `"${service}-rules"`),
    ) as object
  const subsets = versions.map(version => ({ name: version, labels: { version } }))
  const rule: Resource = {
    apiVersion: networking,
    kind: 'DestinationRule',
    metadata: { name: service },
    spec: { host: service, subsets, ...(policy === undefined ? {} : { trafficPolicy: policy }) },
  }
  const hosts = isEdge ? { hosts: [`${service}.example.com`], gateways: ['edge', 'mesh'] } : { hosts: [service] }
  const routing: Resource = {
    apiVersion: networking,
    kind: 'VirtualService',
    metadata: { name: service },
    spec: { ...hosts, http: http?.map(named) ?? [] },
  }
  const delegated: Resource[] =
    delegate === undefined
      ? []
      : [
          {
            apiVersion: networking,
            kind: 'VirtualService',
            metadata: { name: `${service}-rules` },
            spec: { http: delegate.map(named) },
          },
        ]
  return { service, protocol, ports, resources: [rule, ...(http === undefined ? [] : [routing]), ...delegated] }
}

describe('what is written of traffic', { skip: withoutEnvoy }, () => {
  const rows = Object.values(tables).flat()
  const services = new Map(rows.map((row, index) => [row, `s${index}`]))
  let upstreams: Upstreams
  let scene: Scene
  before(async () => {
    upstreams = await Upstreams.start(versions)
    scene = await startScene(rows.map(row => sceneRow(row, services.get(row)!, upstreams.ports)))
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await upstreams?.[Symbol.asyncDispose]()
  })

  for (const [title, table] of Object.entries(tables))
    describe(title, { concurrency: true }, () => {
      for (const row of table) it(row.does, () => checkRow(services.get(row)!, row, scene, upstreams))
    })
})
