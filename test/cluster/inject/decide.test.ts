import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DecisionContext, decide } from '../../../src/cluster/inject/decide.ts'
import type { Pod } from '../../../src/cluster/inject/pod.ts'

const web = { name: 'web', image: 'web:1' }

interface Case {
  readonly what: string
  readonly namespace?: { readonly name?: string; readonly labels?: { readonly [name: string]: string } }
  readonly labels?: { readonly [name: string]: string }
  readonly annotations?: { readonly [name: string]: string }
  readonly spec?: Partial<Pod['spec']>
  readonly context?: Partial<DecisionContext>
  readonly is: boolean
  readonly why: RegExp
}

const asks = { labels: { 'meshwright.dev/injection': 'enabled' } }

const cases: readonly Case[] = [
  { what: 'a namespace that asks for it', namespace: asks, is: true, why: /meshwright.dev\/injection=enabled/ },
  { what: 'nobody asks', is: false, why: /neither the pod nor namespace shop asks/ },
  { what: 'Istio’s label', namespace: { labels: { 'istio-injection': 'enabled' } }, is: true, why: /istio-injection/ },
  {
    what: 'Istio’s label where Istio acts on it',
    namespace: { labels: { 'istio-injection': 'enabled' } },
    context: { readsIstioLabels: false },
    is: false,
    why: /neither/,
  },
  {
    what: 'a namespace that says no',
    namespace: { labels: { 'meshwright.dev/injection': 'disabled' } },
    is: false,
    why: /=disabled/,
  },
  {
    what: 'a pod that says no',
    namespace: asks,
    labels: { 'sidecar.istio.io/inject': 'false' },
    is: false,
    why: /the pod says/,
  },
  {
    what: 'a pod that says no by annotation',
    namespace: asks,
    annotations: { 'sidecar.istio.io/inject': 'false' },
    is: false,
    why: /the pod says/,
  },
  { what: 'a pod alone that says yes', labels: { 'meshwright.dev/inject': 'true' }, is: true, why: /the pod says/ },
  {
    what: 'the revision of the namespace',
    namespace: { labels: { 'istio.io/rev': 'default' } },
    is: true,
    why: /rev=default/,
  },
  {
    what: 'another revision',
    namespace: { labels: { 'meshwright.dev/rev': 'canary' } },
    is: false,
    why: /this control plane is default/,
  },
  { what: 'a node’s network', namespace: asks, spec: { hostNetwork: true }, is: false, why: /node's network/ },
  {
    what: 'a pod that is injected',
    namespace: asks,
    spec: { initContainers: [{ name: 'mesh-proxy' }] },
    is: false,
    why: /already/,
  },
  {
    what: 'another mesh’s proxy',
    namespace: asks,
    spec: { containers: [web, { name: 'istio-proxy' }] },
    is: false,
    why: /of its own, istio-proxy/,
  },
  {
    what: 'the control plane’s namespace',
    namespace: { ...asks, name: 'mesh-system' },
    is: false,
    why: /control plane's own/,
  },
  {
    what: 'kube-system',
    namespace: { ...asks, name: 'kube-system' },
    labels: { 'meshwright.dev/inject': 'true' },
    is: false,
    why: /never injected/,
  },
]

describe('whether a pod is injected', () => {
  for (const { what, namespace, labels = {}, annotations = {}, spec, context, is, why } of cases)
    it(what, () => {
      const pod: Pod = { metadata: { labels, annotations }, spec: { containers: [web], ...spec } }
      const decision = decide(pod, {
        systemNamespace: 'mesh-system',
        revision: 'default',
        readsIstioLabels: true,
        ...context,
        namespace: { name: namespace?.name ?? 'shop', labels: namespace?.labels ?? {} },
      })
      assert.equal(decision.isInjected, is)
      assert.match(decision.why, why)
    })
})
