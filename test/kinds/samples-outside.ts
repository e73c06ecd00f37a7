/** Samples for the kinds that say where hosts and machines are. */
import type { KindSamples } from './samples.ts'

const istio = 'networking.istio.io/v1'
const entry = (body: object) => ({ hosts: ['api.example.com'], ...body })

export const outsideSamples: readonly KindSamples[] = [
  {
    apiVersion: istio,
    kind: 'ServiceEntry',
    good: [
      { what: 'hosts alone', spec: entry({}) },
      {
        what: 'each field',
        spec: entry({
          addresses: ['10.1.0.0/16'],
          ports: [{ number: 443, name: 'tls', protocol: 'TLS', targetPort: 8443 }],
          location: 'MESH_INTERNAL',
          resolution: 'STATIC',
          endpoints: [
            {
              address: '10.1.2.3',
              ports: { tls: 9443 },
              labels: { version: 'v1' },
              network: 'n',
              locality: 'eu/a/1',
              weight: 2,
              serviceAccount: 'api',
            },
          ],
          exportTo: ['.'],
          subjectAltNames: ['spiffe://a/b'],
        }),
      },
      { what: 'a selector', spec: entry({ workloadSelector: { labels: { app: 'a' } } }) },
    ],
    bad: [
      { what: 'no hosts', spec: {}, says: '/spec: lacks "hosts"' },
      { what: 'an empty list of hosts', spec: { hosts: [] }, says: '/spec/hosts: must have at least 1 item' },
      {
        what: 'too many hosts',
        spec: { hosts: Array(257).fill('a') },
        says: '/spec/hosts: must have at most 256 items',
      },
      {
        what: 'an unknown resolution',
        spec: entry({ resolution: 'dns' }),
        says: '/spec/resolution: must be one of DNS, DNS_ROUND_ROBIN, DYNAMIC_DNS, NONE, STATIC, not "dns"',
      },
      {
        what: 'an unknown location',
        spec: entry({ location: 'MESH' }),
        says: '/spec/location: must be one of MESH_EXTERNAL, MESH_INTERNAL, not "MESH"',
      },
      {
        what: 'a port without name',
        spec: entry({ ports: [{ number: 80 }] }),
        says: '/spec/ports/0: lacks "name"',
      },
      {
        what: 'a port of an endpoint as text',
        spec: entry({ endpoints: [{ address: '10.1.2.3', ports: { http: '80' } }] }),
        says: '/spec/endpoints/0/ports/http: must be a whole number, not "80"',
      },
    ],
  },
  {
    apiVersion: istio,
    kind: 'WorkloadEntry',
    good: [
      { what: 'an address alone', spec: { address: '10.1.2.3' } },
      { what: 'ports and labels', spec: { address: 'vm.example.com', ports: { http: 80 }, labels: { app: 'a' } } },
    ],
    bad: [
      { what: 'no spec', spec: undefined, says: ': lacks "spec"' },
      {
        what: 'a negative weight',
        spec: { address: '10.1.2.3', weight: -1 },
        says: '/spec/weight: must be from 0 to 4294967295, not -1',
      },
      {
        what: 'ports as a list',
        spec: { address: '10.1.2.3', ports: [80] },
        says: '/spec/ports: must be an object, not a list',
      },
    ],
  },
  {
    apiVersion: istio,
    kind: 'WorkloadGroup',
    good: [
      { what: 'an empty template', spec: { template: {} } },
      {
        what: 'a probe of each kind of field',
        spec: {
          metadata: { labels: { app: 'a' }, annotations: { b: 'c' } },
          template: { serviceAccount: 'a', ports: { http: 80 } },
          probe: { httpGet: { port: 80, path: '/', httpHeaders: [{ name: 'a', value: 'b' }] }, periodSeconds: 5 },
        },
      },
    ],
    bad: [
      { what: 'no template', spec: {}, says: '/spec: lacks "template"' },
      {
        what: 'a probe without port',
        spec: { template: {}, probe: { tcpSocket: {} } },
        says: '/spec/probe/tcpSocket: lacks "port"',
      },
      {
        what: 'a command as text',
        spec: { template: {}, probe: { exec: { command: 'true' } } },
        says: '/spec/probe/exec/command: must be a list, not "true"',
      },
      {
        what: 'an empty argument',
        spec: { template: {}, probe: { exec: { command: ['a', ''] } } },
        says: '/spec/probe/exec/command/1: must not be empty',
      },
      {
        what: 'a header with a space in its name',
        spec: { template: {}, probe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b' }] } } },
        says: '/spec/probe/httpGet/httpHeaders/0/name: must be a name of letters, digits, hyphens and underscores, not "a b"',
      },
    ],
  },
]
