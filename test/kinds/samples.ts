/** For each kind: bodies that its schema must take, and bodies that it must refuse, with the place and the words. */

export interface Sample {
  readonly what: string
  readonly spec: unknown
}

export interface BadSample extends Sample {
  /** `pointer: problem`, as the finding says it. */
  readonly says: string
}

export interface KindSamples {
  readonly apiVersion: string
  readonly kind: string
  readonly good: readonly Sample[]
  readonly bad: readonly BadSample[]
}

const istio = 'networking.istio.io/v1'
const to = (host: string, weight?: unknown) => ({ destination: { host }, ...(weight === undefined ? {} : { weight }) })
const http = (rule: object) => ({ hosts: ['reviews'], http: [{ route: [to('reviews')], ...rule }] })
const policy = (trafficPolicy: object) => ({ host: 'reviews', trafficPolicy })
const server = (body: object) => ({
  servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'], ...body }],
})

export const samples: readonly KindSamples[] = [
  {
    apiVersion: istio,
    kind: 'VirtualService',
    good: [
      { what: 'a split', spec: http({ route: [to('a', 90), to('b', 10)] }) },
      {
        what: 'a timeout of each form',
        spec: http({ timeout: '1h30m', retries: { perTryTimeout: '1.5s', backoff: '25ms' } }),
      },
      {
        what: 'any header name',
        spec: http({ match: [{ headers: { 'end-user': { exact: 'jason' }, 'x-any': {} } }] }),
      },
      {
        what: 'a fraction of a percent',
        spec: http({ fault: { delay: { fixedDelay: '2s', percentage: { value: 0.5 } } } }),
      },
      { what: 'headers to set', spec: http({ headers: { request: { set: { 'x-a': '1' }, remove: ['x-b'] } } }) },
      { what: 'a delegate without hosts', spec: { http: [{ delegate: { name: 'other' } }] } },
    ],
    bad: [
      { what: 'no spec', spec: undefined, says: ': lacks "spec"' },
      {
        what: 'a fraction of a weight',
        spec: http({ route: [to('a', 9.5)] }),
        says: '/spec/http/0/route/0/weight: must be a whole number, not 9.5',
      },
      {
        what: 'a weight as text',
        spec: http({ route: [to('a', '90')] }),
        says: '/spec/http/0/route/0/weight: must be a whole number, not "90"',
      },
      {
        what: 'a duration in words',
        spec: http({ timeout: '2 seconds' }),
        says: '/spec/http/0/timeout: must be a duration such as 500ms, 2s, 1.5m or 1h, not "2 seconds"',
      },
      {
        what: 'a duration without unit',
        spec: http({ timeout: '2' }),
        says: '/spec/http/0/timeout: must be a duration such as 500ms, 2s, 1.5m or 1h, not "2"',
      },
      {
        what: 'a duration that is a unit',
        spec: http({ timeout: 's' }),
        says: '/spec/http/0/timeout: must be a duration such as 500ms, 2s, 1.5m or 1h, not "s"',
      },
      {
        what: 'a duration that is a number',
        spec: http({ timeout: 2 }),
        says: '/spec/http/0/timeout: must be a duration such as 500ms, 2s, 1.5m or 1h, not 2',
      },
      {
        what: 'a misspelled field',
        spec: http({ timout: '2s' }),
        says: '/spec/http/0/timout: is no field of this object',
      },
      {
        what: 'a destination without host',
        spec: http({ route: [{ destination: {} }] }),
        says: '/spec/http/0/route/0/destination: lacks "host"',
      },
      {
        what: 'a header match that is a text',
        spec: http({ match: [{ headers: { a: 'b' } }] }),
        says: '/spec/http/0/match/0/headers/a: must be an object, not "b"',
      },
      {
        what: 'an unknown value',
        spec: http({ redirect: { derivePort: 'FROM_PORT' } }),
        says: '/spec/http/0/redirect/derivePort: must be one of FROM_PROTOCOL_DEFAULT, FROM_REQUEST_PORT, not "FROM_PORT"',
      },
      {
        what: 'a port beyond 32 bits',
        spec: http({ redirect: { port: 4294967296 } }),
        says: '/spec/http/0/redirect/port: must be from 0 to 4294967295, not 4294967296',
      },
      { what: 'hosts as text', spec: { hosts: 'reviews' }, says: '/spec/hosts: must be a list, not "reviews"' },
      { what: 'a null in a list', spec: { hosts: [null] }, says: '/spec/hosts/0: must be a text, not null' },
    ],
  },
  {
    apiVersion: istio,
    kind: 'DestinationRule',
    good: [
      { what: 'subsets', spec: { host: 'reviews', subsets: [{ name: 'v1', labels: { version: 'v1' } }] } },
      { what: 'a pool', spec: policy({ connectionPool: { tcp: { maxConnections: 10, connectTimeout: '1s' } } }) },
      {
        what: 'a growth that is no whole number',
        spec: policy({ loadBalancer: { warmup: { duration: '30s', aggression: 1.5, minimumPercent: 12.5 } } }),
      },
      {
        what: 'localities',
        spec: policy({
          loadBalancer: { localityLbSetting: { distribute: [{ from: 'a/*', to: { 'a/*': 80, 'b/*': 20 } }] } },
        }),
      },
    ],
    bad: [
      { what: 'no host', spec: {}, says: '/spec: lacks "host"' },
      { what: 'a subset without name', spec: { host: 'a', subsets: [{}] }, says: '/spec/subsets/0: lacks "name"' },
      {
        what: 'a label that is a number',
        spec: { host: 'a', subsets: [{ name: 'v1', labels: { version: 1 } }] },
        says: '/spec/subsets/0/labels/version: must be a text, not 1',
      },
      {
        what: 'an unknown algorithm',
        spec: policy({ loadBalancer: { simple: 'ROUND_ROBBIN' } }),
        says: '/spec/trafficPolicy/loadBalancer/simple: must be one of LEAST_CONN, LEAST_REQUEST, PASSTHROUGH, RANDOM, ROUND_ROBIN, UNSPECIFIED, not "ROUND_ROBBIN"',
      },
      {
        what: 'more than all',
        spec: policy({ retryBudget: { percent: 101 } }),
        says: '/spec/trafficPolicy/retryBudget/percent: must be from 0 to 100, not 101',
      },
      {
        what: 'a negative size',
        spec: policy({ loadBalancer: { consistentHash: { ringHash: { minimumRingSize: -1 } } } }),
        says: '/spec/trafficPolicy/loadBalancer/consistentHash/ringHash/minimumRingSize: must be at least 0, not -1',
      },
      {
        what: 'a misspelled field',
        spec: policy({ outlierDetections: {} }),
        says: '/spec/trafficPolicy/outlierDetections: is no field of this object',
      },
    ],
  },
  {
    apiVersion: istio,
    kind: 'Gateway',
    good: [
      { what: 'a server', spec: server({}) },
      {
        what: 'TLS by files',
        spec: server({
          tls: { mode: 'SIMPLE', serverCertificate: '/a.pem', privateKey: '/k.pem', minProtocolVersion: 'TLSV1_3' },
        }),
      },
    ],
    bad: [
      {
        what: 'a server without hosts',
        spec: { servers: [{ port: { number: 80, name: 'a', protocol: 'HTTP' } }] },
        says: '/spec/servers/0: lacks "hosts"',
      },
      {
        what: 'a port without protocol',
        spec: server({ port: { number: 80, name: 'a' } }),
        says: '/spec/servers/0/port: lacks "protocol"',
      },
      {
        what: 'an unknown mode',
        spec: server({ tls: { mode: 'simple' } }),
        says: '/spec/servers/0/tls/mode: must be one of AUTO_PASSTHROUGH, ISTIO_MUTUAL, MUTUAL, OPTIONAL_MUTUAL, PASSTHROUGH, SIMPLE, not "simple"',
      },
      {
        what: 'no certificate in a list',
        spec: server({ tls: { tlsCertificates: [] } }),
        says: '/spec/servers/0/tls/tlsCertificates: must have at least 1 item',
      },
      {
        what: 'three certificates',
        spec: server({ tls: { tlsCertificates: [{}, {}, {}] } }),
        says: '/spec/servers/0/tls/tlsCertificates: must have at most 2 items',
      },
    ],
  },
  {
    apiVersion: istio,
    kind: 'Sidecar',
    good: [
      { what: 'an egress', spec: { egress: [{ hosts: ['./*', 'istio-system/*'] }] } },
      {
        what: 'an ingress',
        spec: { ingress: [{ port: { number: 80, name: 'a', protocol: 'HTTP' }, defaultEndpoint: '127.0.0.1:80' }] },
      },
    ],
    bad: [
      { what: 'an egress without hosts', spec: { egress: [{}] }, says: '/spec/egress/0: lacks "hosts"' },
      {
        what: 'an unknown mode',
        spec: { outboundTrafficPolicy: { mode: 'ALLOW_SOME' } },
        says: '/spec/outboundTrafficPolicy/mode: must be one of ALLOW_ANY, REGISTRY_ONLY, not "ALLOW_SOME"',
      },
      {
        what: 'a selector of another kind',
        spec: { workloadSelector: { matchLabels: {} } },
        says: '/spec/workloadSelector/matchLabels: is no field of this object',
      },
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    good: [
      {
        what: 'ports by number and name',
        spec: {
          ports: [
            { port: 80, targetPort: 8080 },
            { port: 90, targetPort: 'web' },
          ],
        },
      },
      { what: 'fields that only Kubernetes knows', spec: { type: 'ClusterIP', ipFamilies: ['IPv4'] } },
      { what: 'no spec', spec: undefined },
    ],
    bad: [
      {
        what: 'a port out of range',
        spec: { ports: [{ port: 70000 }] },
        says: '/spec/ports/0/port: must be from 1 to 65535, not 70000',
      },
      { what: 'port zero', spec: { ports: [{ port: 0 }] }, says: '/spec/ports/0/port: must be from 1 to 65535, not 0' },
      {
        what: 'a port as text',
        spec: { ports: [{ port: '80' }] },
        says: '/spec/ports/0/port: must be a whole number, not "80"',
      },
      {
        what: 'a selector that is a list',
        spec: { selector: ['app'] },
        says: '/spec/selector: must be an object, not a list',
      },
    ],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    good: [
      { what: 'the least', spec: { selector: {}, template: { spec: { containers: [{ name: 'a' }] } } } },
      {
        what: 'fields that only Kubernetes knows',
        spec: {
          selector: {},
          strategy: {},
          template: { spec: { volumes: [], containers: [{ name: 'a', resources: {} }] } },
        },
      },
    ],
    bad: [
      {
        what: 'no containers',
        spec: { selector: {}, template: { spec: { containers: [] } } },
        says: '/spec/template/spec/containers: must have at least 1 item',
      },
      { what: 'no template', spec: { selector: {} }, says: '/spec: lacks "template"' },
      {
        what: 'a negative number',
        spec: { replicas: -1, selector: {}, template: { spec: { containers: [{ name: 'a' }] } } },
        says: '/spec/replicas: must be at least 0, not -1',
      },
      {
        what: 'a variable that is a number',
        spec: { selector: {}, template: { spec: { containers: [{ name: 'a', env: [{ name: 'PORT', value: 80 }] }] } } },
        says: '/spec/template/spec/containers/0/env/0/value: must be a text, not 80',
      },
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    good: [
      { what: 'a name', spec: undefined },
      { what: 'finalizers', spec: { finalizers: ['kubernetes'] } },
    ],
    bad: [{ what: 'a spec that is a list', spec: [], says: '/spec: must be an object, not a list' }],
  },
]
