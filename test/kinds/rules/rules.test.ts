/** Semantic checks: tables of specs, each with the slug and place of all that is found in it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { diagnosticBySlug } from '../../../src/diagnostics/by-slug.ts'
import { kinds } from '../../../src/kinds/index.ts'
import type { Resource } from '../../../src/kinds/resource.ts'
import { checkShapes } from '../../../src/phases/3-check/shapes.ts'
import { attachedRoute } from './attached-routes.ts'
import { authorizationPolicy, authorizationTrials } from './authorization-policy.ts'
import { destinationRule } from './destination-rule.ts'
import { envoyFilter, trafficExtension, wasmPlugin } from './extensions.ts'
import { faults } from './faults.ts'
import { grpcRoute, httpRoute, l4Route, listenerSet } from './gateway-api-routes.ts'
import { neverMatched } from './never-matched.ts'
import { gateway, service, sidecar } from './others.ts'
import { cronJob, daemonSet, deployment, job, pod, statefulSet } from './pods.ts'
import { requestAuthentication } from './request-authentication.ts'
import { rewrites } from './rewrites.ts'
import { serviceEntry, workloadEntry, workloadGroup } from './service-entry.ts'
import { sharedCredentials } from './shared-credentials.ts'
import { proxyConfig, telemetry } from './telemetry.ts'
import { virtualService } from './virtual-service.ts'

/** A spec, and `slug pointer` of each finding. What stands under `$metadata` there belongs into the metadata. */
export type RuleCase = readonly [spec: object, ...findings: string[]]

const tables: { readonly [kind: string]: readonly RuleCase[] } = {
  VirtualService: [...virtualService, ...faults, ...neverMatched, ...sharedCredentials, ...rewrites],
  DestinationRule: destinationRule,
  Gateway: gateway,
  Sidecar: sidecar,
  ServiceEntry: serviceEntry,
  WorkloadEntry: workloadEntry,
  WorkloadGroup: workloadGroup,
  Service: service,
  Deployment: deployment,
  StatefulSet: statefulSet,
  DaemonSet: daemonSet,
  Pod: pod,
  Job: job,
  CronJob: cronJob,
  RequestAuthentication: requestAuthentication,
  Telemetry: telemetry,
  ProxyConfig: proxyConfig,
  WasmPlugin: wasmPlugin,
  TrafficExtension: trafficExtension,
  EnvoyFilter: envoyFilter,
  HTTPRoute: [...httpRoute, ...attachedRoute],
  GRPCRoute: [...grpcRoute, ...attachedRoute],
  ListenerSet: listenerSet,
  TCPRoute: l4Route,
  UDPRoute: l4Route,
  AuthorizationPolicy: [...authorizationPolicy, ...authorizationTrials],
}

const span = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 }

for (const [kind, table] of Object.entries(tables)) {
  const definition = kinds.find(candidate => candidate.kind === kind)!
  describe(`${kind}: ${table.length} specs`, () => {
    for (const [index, [spec, ...expected]] of table.entries()) {
      const title = expected.length === 0 ? 'takes' : expected.join(', ')
      it(`${index}: ${title} ${JSON.stringify(spec).slice(0, 90)}`, () => {
        const { $metadata, ...own } = spec as { readonly $metadata?: object }
        const metadata = { name: 'x', ...$metadata }
        const resource: Resource = { apiVersion: definition.apiVersions[0], kind, metadata, spec: own }
        const shape = checkShapes([{ resource, span, spanAt: () => span }])
        assert.deepEqual(
          shape.diagnostics.map(({ message }) => message),
          [],
          'the sample must fit its schema',
        )
        const found = [...definition.check!(resource)]
        assert.deepEqual(
          found.map(({ slug, pointer }) => `${slug} ${pointer}`),
          expected,
        )
        for (const { slug, params } of found) {
          const diagnostic = diagnosticBySlug(slug, {}, { kind, name: 'x', field: 'it', ...params })
          assert.ok(diagnostic, slug)
          assert.doesNotMatch(`${diagnostic.message} ${diagnostic.help}`, /%(?!NAME|%)\w+%/, 'every parameter is given')
        }
      })
    }
  })
}

it('every kind with fields of its own is checked, but where its schema says it all', () => {
  assert.deepEqual(
    kinds.filter(({ check }) => check === undefined).map(({ kind }) => kind),
    ['Namespace', 'ServiceAccount', 'GatewayClass', 'ReferenceGrant'],
  )
})
