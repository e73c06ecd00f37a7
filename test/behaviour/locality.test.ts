/** Whom a caller asks, by where it and the endpoints stand, and whom when those fail. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Locality } from '../../src/model/placement.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { versions } from './row.ts'
import { type Scene, type SceneRow, startScene } from './scene.ts'
import { rowHeader, Upstreams } from './upstreams.ts'

const here = place('eu/a/1')
const places = { v1: here, v2: place('eu/b/1'), v3: place('us/a/1') }

interface Case {
  readonly does: string
  /** Absent: nobody says anything of the host. */
  readonly policy?: object
  /** Where the versions stand. Default: v1 beside the caller, v2 in its region, v3 in another. */
  readonly places?: SceneRow['places']
  /** Versions that answer 500. */
  readonly failing?: readonly string[]
  /** By version: how many of a hundred requests it gets, at least and at most, once failing ones are left out. */
  readonly gets: Readonly<{ [version: string]: readonly [number, number] }>
}

const outlierDetection = {
  consecutive5xxErrors: 1,
  interval: '0.05s',
  baseEjectionTime: '60s',
  maxEjectionPercent: 100,
}
const locality = (localityLbSetting: object, more: object = { outlierDetection }) => ({
  loadBalancer: { localityLbSetting },
  ...more,
})

const zones = (zoneAwareLbSetting: object) => ({ loadBalancer: { simple: 'ROUND_ROBIN', zoneAwareLbSetting } })

const cases: readonly Case[] = [
  {
    does: 'asks everybody where nobody is ever left out',
    policy: { loadBalancer: { simple: 'ROUND_ROBIN' } },
    gets: { v1: [30, 36], v2: [30, 36], v3: [30, 36] },
  },
  { does: 'asks the nearest', policy: { outlierDetection }, gets: { v1: [100, 100] } },
  {
    does: 'asks the next one in the region when the nearest fails',
    policy: { outlierDetection },
    failing: ['v1'],
    gets: { v2: [100, 100] },
  },
  {
    does: 'asks another region when its own fails',
    policy: { outlierDetection },
    failing: ['v1', 'v2'],
    gets: { v3: [100, 100] },
  },
  {
    does: 'asks the region that stands in for its own, before any other',
    policy: locality({ failover: [{ from: 'eu', to: 'asia' }] }),
    places: { v1: here, v2: place('us/a/1'), v3: place('asia/a/1') },
    failing: ['v1'],
    gets: { v3: [100, 100] },
  },
  {
    does: 'asks everybody where preference is switched off',
    policy: {
      ...locality({ enabled: false }),
      loadBalancer: { simple: 'ROUND_ROBIN', localityLbSetting: { enabled: false } },
    },
    gets: { v1: [30, 36], v2: [30, 36], v3: [30, 36] },
  },
  {
    does: 'asks by shares of places',
    policy: locality({ distribute: [{ from: 'eu/a/*', to: { 'eu/b': 70, us: 30 } }] }, {}),
    gets: { v2: [50, 90], v3: [10, 50] },
  },
  {
    does: 'asks everybody where the shares are for others',
    policy: locality({ distribute: [{ from: 'us/*', to: { 'eu/b': 100 } }] }, {}),
    gets: { v1: [5, 90], v2: [5, 90], v3: [5, 90] },
  },
  {
    does: 'stays in its zone where the endpoints there suffice for those who call from there',
    policy: zones({ minClusterSize: 2 }),
    gets: { v1: [100, 100] },
  },
  {
    does: 'asks other zones for as much as its own can’t bear',
    policy: zones({ minClusterSize: 2 }),
    places: { v1: here, v2: place('eu/b/1'), v3: place('eu/b/2') },
    gets: { v1: [56, 78], v2: [8, 26], v3: [8, 26] },
  },
  {
    does: 'asks another zone of its region when its own fails',
    policy: { ...zones({ minClusterSize: 2 }), outlierDetection },
    failing: ['v1'],
    gets: { v2: [100, 100] },
  },
  {
    does: 'asks the region that stands in for its own, whatever its zones',
    policy: { ...zones({ minClusterSize: 1, failover: [{ from: 'eu', to: 'asia' }] }), outlierDetection },
    places: { v1: here, v2: place('us/a/1'), v3: place('asia/a/1') },
    failing: ['v1'],
    gets: { v3: [100, 100] },
  },
  {
    does: 'asks its whole region where there are fewer endpoints than zones are looked at for',
    policy: zones({}),
    gets: { v1: [45, 55], v2: [45, 55] },
  },
  {
    does: 'asks everybody where zones are switched off',
    policy: zones({ enabled: false }),
    gets: { v1: [30, 36], v2: [30, 36], v3: [30, 36] },
  },
  {
    does: 'asks those with a label first',
    policy: locality({ failoverPriority: ['version=v3'] }),
    gets: { v3: [100, 100] },
  },
  {
    does: 'asks those whose labels are its own, by zone before any other',
    policy: locality({ failoverPriority: ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'] }),
    failing: ['v1'],
    gets: { v2: [100, 100] },
  },
]

const ofMesh: readonly Case[] = [
  { does: 'asks the nearest where ejection is switched on for the mesh', gets: { v1: [100, 100] } },
  {
    does: 'asks the region that stands in for its own in the mesh',
    places: { v1: here, v2: place('us/a/1'), v3: place('asia/a/1') },
    failing: ['v1'],
    gets: { v3: [100, 100] },
  },
  {
    does: 'asks everybody where a rule switches preference off',
    policy: { loadBalancer: { simple: 'ROUND_ROBIN', localityLbSetting: { enabled: false } } },
    gets: { v1: [30, 36], v2: [30, 36], v3: [30, 36] },
  },
  {
    does: 'asks by its zone where a rule says so',
    policy: zones({ minClusterSize: 2 }),
    places: { v1: here, v2: place('eu/b/1'), v3: place('eu/b/2') },
    gets: { v1: [56, 78], v2: [8, 26], v3: [8, 26] },
  },
]

const scenes: readonly { readonly who: string; readonly settings?: object; readonly cases: readonly Case[] }[] = [
  { who: 'a caller that knows where it stands', cases },
  {
    who: 'a caller of a mesh that says which places are preferred',
    settings: {
      defaultTrafficPolicy: { outlierDetection },
      localityLbSetting: { failover: [{ from: 'eu', to: 'asia' }] },
    },
    cases: ofMesh,
  },
]

for (const { who, settings, cases } of scenes)
  describe(who, { skip: withoutEnvoy, concurrency: true }, () => {
    let upstreams: Upstreams
    let scene: Scene
    before(async () => {
      upstreams = await Upstreams.start(versions)
      const rows = cases.map(({ policy, places: own = places }, index): SceneRow => {
        const service = `s${index}`
        const spec = { host: service, trafficPolicy: policy }
        const rule = {
          apiVersion: 'networking.istio.io/v1',
          kind: 'DestinationRule',
          metadata: { name: service },
          spec,
        }
        return {
          service,
          protocol: 'http',
          resources: policy === undefined ? [] : [rule],
          ports: upstreams.ports,
          places: own,
        }
      })
      scene = await startScene(rows, {
        locality: here,
        alike: [here, place('eu/b/1')],
        ...(settings === undefined ? {} : { settings }),
      })
    })
    after(async () => {
      await scene?.[Symbol.asyncDispose]()
      await upstreams?.[Symbol.asyncDispose]()
    })

    for (const [index, { does, failing = [], gets }] of cases.entries())
      it(does, async () => {
        const ask = (row: string) => {
          const headers = { host: `s${index}`, [rowHeader]: row, 'x-fail-at': failing.join(), 'x-fail-status': '500' }
          return get({ host: ownAddress, port: scene.portOf(`s${index}`), path: '/', headers })
        }
        // Those that fail are found out one by one; Envoy gathers what it hears of health for a second.
        for (const _ of failing) {
          for (let count = 0; count < 5; count += 1) await ask('before')
          await new Promise(done => setTimeout(done, 1200))
        }
        for (let count = 0; count < 100; count += 1) await ask(`s${index}`)
        const counts = Map.groupBy(upstreams.seen(`s${index}`), ({ server }) => server)
        const told = JSON.stringify([...counts].map(([server, seen]) => [server, seen.length]))
        for (const version of versions) {
          const [least, most] = gets[version] ?? [0, 0]
          const got = counts.get(version)?.length ?? 0
          assert.ok(got >= least && got <= most, `${version}: ${told}`)
        }
      })
  })

function place(text: string): Locality {
  const [region = '', zone = '', subzone = ''] = text.split('/')
  return { region, zone, subzone }
}
