/** Kinds of a cluster that a mesh only passes on: what their schemas and rules take, and find. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manifests } from '../../src/cluster/install/manifests.ts'
import { profiles } from '../../src/cluster/install/values.ts'
import { kindOf } from '../../src/kinds/index.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'
import { unknownKinds } from '../../src/phases/3-check/unknown-kinds.ts'
import { placed } from './accepted.ts'

type Body = { readonly [field: string]: unknown }
type Case = readonly [what: string, body: Body, ...findings: string[]]

const webhook = (body: Body) => ({
  webhooks: [
    {
      name: 'a.example.com',
      admissionReviewVersions: ['v1'],
      clientConfig: { service: { name: 'a', namespace: 'b' } },
      sideEffects: 'None',
      ...body,
    },
  ],
})

const webhooks: readonly Case[] = [
  ['nothing', {}],
  ['the least', webhook({})],
  [
    'all that there is',
    webhook({
      clientConfig: { caBundle: '', service: { name: 'a', namespace: 'b', path: '/a', port: 8443 } },
      failurePolicy: 'Ignore',
      matchConditions: [{ name: 'a', expression: 'true' }],
      matchPolicy: 'Exact',
      namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] },
      objectSelector: {},
      rules: [
        { apiGroups: [''], apiVersions: ['*'], operations: ['CREATE', '*'], resources: ['pods/status'], scope: '*' },
      ],
      timeoutSeconds: 30,
    }),
  ],
  ['a name', webhook({ name: 'a.example' }), 'form-invalid /webhooks/0/name'],
  ['names', { webhooks: [...webhook({}).webhooks, ...webhook({}).webhooks] }, 'value-twice /webhooks/1/name'],
  ['nobody', webhook({ clientConfig: {} }), 'field-missing /webhooks/0/clientConfig'],
  [
    'both',
    webhook({ clientConfig: { url: 'http://a', service: { name: 'a', namespace: 'b' } } }),
    'field-conflict /webhooks/0/clientConfig/url',
    'form-invalid /webhooks/0/clientConfig/url',
  ],
  [
    'effects',
    webhook({ sideEffects: 'Some' }),
    'webhooks[0].sideEffects must be one of None, NoneOnDryRun, not "Some"',
  ],
  ['a time', webhook({ timeoutSeconds: 60 }), 'webhooks[0].timeoutSeconds must be from 1 to 30, not 60'],
  [
    'what is done',
    webhook({ rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['PATCH'], resources: ['pods'] }] }),
    'webhooks[0].rules[0].operations[0] must be one of *, CONNECT, CREATE, DELETE, UPDATE, not "PATCH"',
  ],
  ['a field', { webhook: [] }, 'webhook is no field of this object'],
]

const nodes: readonly Case[] = [
  ['a name', {}],
  [
    'what a cluster adds',
    {
      metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'a' } },
      spec: { podCIDR: '10.0.0.0/24', providerID: 'x', taints: [{ key: 'a', effect: 'NoExecute', timeAdded: 'now' }] },
      status: { capacity: { cpu: '4' } },
    },
  ],
  [
    'a label',
    { metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'zone a' } } },
    'form-invalid /metadata/labels/topology.kubernetes.io~1zone',
  ],
  [
    'an effect',
    { spec: { taints: [{ key: 'a', effect: 'No' }] } },
    'spec.taints[0].effect must be one of NoExecute, NoSchedule, PreferNoSchedule, not "No"',
  ],
]

const secrets: readonly Case[] = [
  ['nothing', { data: null, type: 'Opaque' }],
  [
    'both forms',
    {
      data: { 'tls.crt': 'YQ==', wrapped: 'YWFh\nYWFh\n', empty: '' },
      stringData: { password: 'a b' },
      immutable: true,
    },
  ],
  ['what is not encoded', { data: { password: 'hunter-2' } }, 'form-invalid /data/password'],
  ['a name', { stringData: { 'a/b': '' } }, 'form-invalid /stringData/a~1b'],
  ['a field', { strData: {} }, 'strData is no field of this object'],
]

/** The problem by the schema, or slug and pointer by the rules. */
function findings(resource: Resource): string[] {
  const { diagnostics } = checkShapes([placed(resource)])
  if (diagnostics.length > 0) return diagnostics.map(({ message }) => message.replace(/^\w+ "[^"]*": /, ''))
  return [...kindOf(resource)!.check!(resource)].map(({ slug, pointer }) => `${slug} ${pointer}`)
}

const admission = 'admissionregistration.k8s.io/v1'
const tables: readonly (readonly [apiVersion: string, kind: string, cases: readonly Case[]])[] = [
  [
    admission,
    'MutatingWebhookConfiguration',
    [...webhooks, ['a second round', webhook({ reinvocationPolicy: 'IfNeeded' })]],
  ],
  [admission, 'ValidatingWebhookConfiguration', webhooks],
  ['v1', 'Node', nodes],
  ['v1', 'Secret', secrets],
]

for (const [apiVersion, kind, cases] of tables)
  describe(kind, () => {
    for (const [what, body, ...expected] of cases)
      it(`${expected.length === 0 ? 'takes' : 'judges'} ${what}`, () =>
        assert.deepEqual(findings({ apiVersion, kind, metadata: { name: 'x' }, ...body }), expected))

    it('is passed on without a word, in the namespace that it has', () => {
      const { value } = resolve([placed({ apiVersion, kind, metadata: { name: 'x' } })])
      assert.deepEqual(unknownKinds(value), [])
      assert.equal(value.resources[0]?.resource.metadata.namespace, kind === 'Secret' ? 'default' : undefined)
    })
  })

it('what is in a Secret stands in no finding', () => {
  const resource: Resource = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x' },
    data: { password: 'hunter-2' },
  }
  assert.doesNotMatch(JSON.stringify([...kindOf(resource)!.check!(resource)]), /hunter/)
})

it('what we install ourselves fits', () => {
  const own = Object.values(profiles)
    .flatMap(values => manifests(values))
    .filter(resource => kindOf(resource)?.check !== undefined)
  assert.ok(own.some(({ kind }) => kind === 'MutatingWebhookConfiguration'))
  for (const resource of own) assert.deepEqual(findings(resource), [], `${resource.kind} ${resource.metadata.name}`)
})
