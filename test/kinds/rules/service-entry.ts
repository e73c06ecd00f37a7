import type { RuleCase } from './rules.test.ts'

const entry = (fields: object) => ({
  hosts: ['api.example.com'],
  ports: [{ number: 443, name: 'https', protocol: 'HTTPS' }],
  resolution: 'DNS',
  ...fields,
})
const port = (fields: object, more: object = {}) =>
  entry({ ports: [{ number: 80, name: 'web', protocol: 'HTTP', ...fields }], ...more })
const fixed = (endpoint: object, more: object = {}) => entry({ resolution: 'STATIC', endpoints: [endpoint], ...more })

export const serviceEntry: readonly RuleCase[] = [
  [entry({})],
  [entry({ hosts: ['a.example.com', 'b.example.com', 'c', 'd.example.com.'] })],
  [entry({ hosts: ['*.example.com'], resolution: 'NONE' })],
  [entry({ hosts: ['*'], resolution: 'NONE' }), 'form-invalid /spec/hosts/0'],
  [entry({ hosts: ['10.0.0.1', 'a b', 'a..b'] }), ...[0, 1, 2].map(at => `form-invalid /spec/hosts/${at}`)],
  [entry({ hosts: ['*-a.example.com'], resolution: 'NONE' }), 'cannot-serve /spec/hosts/0'],
  [entry({ hosts: ['a.example.com', 'A.example.com.'] }), 'value-twice /spec/hosts/1'],
  [entry({ addresses: ['10.1.2.3', '10.1.0.0/16', 'fd00::/8'], resolution: 'NONE' })],
  [entry({ addresses: ['10.1.2.3', '10.1.0.0/16'] }), 'field-conflict /spec/addresses/1'],
  [entry({ addresses: ['10.1.2', 'a', '10.1.2.3/33'] }), ...[0, 1, 2].map(at => `form-invalid /spec/addresses/${at}`)],
  [entry({ addresses: ['10.1.2.3', '10.1.2.3'] }), 'value-twice /spec/addresses/1'],
  [port({ protocol: 'http' })],
  [port({ protocol: undefined })],
  [port({ name: 'a b' }), 'form-invalid /spec/ports/0/name'],
  [
    port({ number: 0, targetPort: 65_536 }),
    'out-of-range /spec/ports/0/number',
    'out-of-range /spec/ports/0/targetPort',
  ],
  [port({ protocol: 'HTPP' }), 'unknown-word /spec/ports/0/protocol'],
  [port({ protocol: 'UDP' }), 'cannot-serve /spec/ports/0/protocol'],
  [port({ protocol: 'HTTP_PROXY' }), 'cannot-serve /spec/ports/0/protocol'],
  [
    entry({
      ports: [
        { number: 80, name: 'a', protocol: 'HTTP' },
        { number: 80, name: 'a', protocol: 'HTTP' },
      ],
    }),
    'value-twice /spec/ports/1/name',
    'value-twice /spec/ports/1/number',
  ],
  [port({ protocol: 'TCP' }, { hosts: ['a.example.com', 'b.example.com'] }), 'field-conflict /spec/ports/0/protocol'],
  [port({ protocol: undefined }, { hosts: ['a.example.com', 'b.example.com'] }), 'field-conflict /spec/ports/0'],
  [port({ protocol: 'TCP' }, { hosts: ['a.example.com', 'b.example.com'], resolution: 'NONE' })],
  [entry({ resolution: undefined, endpoints: [{ address: '10.1.2.3' }] }), 'field-conflict /spec/endpoints'],
  [entry({ resolution: 'NONE', workloadSelector: { labels: { app: 'a' } } }), 'no-effect /spec/workloadSelector'],
  [fixed({ address: '10.1.2.3', ports: { https: 8443 }, labels: { version: 'v1' }, weight: 0 })],
  [fixed({ address: 'unix:///run/api.sock' })],
  [fixed({ address: 'unix://@api' })],
  [fixed({ address: 'vm.example.com' }), 'form-invalid /spec/endpoints/0/address'],
  [fixed({}), 'field-missing /spec/endpoints/0'],
  [fixed({ network: 'n' }), 'cannot-serve /spec/endpoints/0/network'],
  [fixed({ address: '10.1.2.3', network: 'n' }), 'without-effect /spec/endpoints/0/network'],
  [fixed({ address: 'unix:///run/' }), 'form-invalid /spec/endpoints/0/address'],
  [fixed({ address: 'unix://run' }), 'form-invalid /spec/endpoints/0/address'],
  [fixed({ address: 'unix:///run/a', ports: { https: 1 } }), 'field-conflict /spec/endpoints/0/ports'],
  [
    fixed({ address: '10.1.2.3', ports: { 'a/b': 0 }, labels: { a: 'b c' }, weight: 4_294_967_295 }),
    'form-invalid /spec/endpoints/0/ports/a~1b',
    'out-of-range /spec/endpoints/0/ports/a~1b',
    'form-invalid /spec/endpoints/0/labels/a',
    'out-of-range /spec/endpoints/0/weight',
  ],
  [
    fixed({ address: '10.1.2.3' }, { workloadSelector: { labels: { app: 'a' } } }),
    'field-conflict /spec/workloadSelector',
  ],
  [entry({ resolution: 'STATIC', workloadSelector: { labels: { app: 'a' } } })],
  [entry({ resolution: 'STATIC', workloadSelector: {} }), 'no-effect /spec/workloadSelector'],
  [
    entry({ resolution: 'STATIC', workloadSelector: { labels: { 'a*': 'b', c: '*' } } }),
    'form-invalid /spec/workloadSelector/labels/a*',
    'form-invalid /spec/workloadSelector/labels/c',
  ],
  [entry({ endpoints: [{ address: 'a.example.com', ports: { https: 8443 } }, { address: '10.1.2.3' }] })],
  [
    entry({ endpoints: [{ address: 'a.example.com', ports: { http: 80 } }] }),
    'unknown-word /spec/endpoints/0/ports/http',
  ],
  [entry({ endpoints: [{ address: 'unix:///a' }] }), 'field-conflict /spec/endpoints/0/address'],
  [entry({ hosts: ['*.example.com'] }), 'form-invalid /spec/hosts/0'],
  [entry({ hosts: ['*.example.com'], endpoints: [{ address: 'a.example.com' }] })],
  [entry({ resolution: 'DNS_ROUND_ROBIN' })],
  [
    entry({ resolution: 'DNS_ROUND_ROBIN', endpoints: [{ address: 'a.example.com' }, { address: 'b.example.com' }] }),
    'field-conflict /spec/endpoints/1',
  ],
  [
    entry({ resolution: 'DNS_ROUND_ROBIN', workloadSelector: { labels: { app: 'a' } } }),
    'cannot-serve /spec/workloadSelector',
  ],
  [entry({ resolution: 'DYNAMIC_DNS', hosts: ['*.example.com'] }), 'unknown-word /spec/ports/0/protocol'],
  [
    port(
      {},
      {
        resolution: 'DYNAMIC_DNS',
        addresses: ['10.1.2.3'],
        endpoints: [{ address: '10.1.2.3' }],
      },
    ),
    'field-conflict /spec/hosts/0',
    'field-conflict /spec/addresses',
    'field-conflict /spec/endpoints',
  ],
  [entry({ exportTo: ['~'] })],
  [entry({ exportTo: ['.', '~'] }), 'form-invalid /spec/exportTo/1'],
  [entry({ exportTo: ['*', 'a'] }), 'field-conflict /spec/exportTo/0'],
  [entry({ subjectAltNames: ['a'] })],
  [entry({ subjectAltNames: ['a'], location: 'MESH_INTERNAL' })],
]

export const workloadEntry: readonly RuleCase[] = [
  [{ address: '10.1.2.3' }],
  [{ address: 'fd00::1', labels: { app: 'a' }, serviceAccount: 'a', locality: 'eu/a' }],
  [{ address: 'vm.example.com', ports: { http: 8080 } }],
  [{ address: 'unix:///run/a.sock' }],
  [{}, 'field-missing /spec'],
  [{ network: 'n' }, 'cannot-serve /spec/network'],
  [{ address: '10.1.2.3', network: 'n' }, 'without-effect /spec/network'],
  [{ address: '10.1.2' }, 'form-invalid /spec/address'],
  [{ address: '10.1.2.3:80' }, 'form-invalid /spec/address'],
  [{ address: '10.1.2.3', ports: { http: 70_000 } }, 'out-of-range /spec/ports/http'],
]

const group = (fields: object) => ({ template: {}, ...fields })
/** Said of every group. */
const unregistered = 'cannot-serve /spec'

export const workloadGroup: readonly RuleCase[] = [
  [group({}), unregistered],
  [group({ metadata: { labels: { a: 'b c' } } }), 'form-invalid /spec/metadata/labels/a', unregistered],
  [group({ template: { network: 'n' } }), 'without-effect /spec/template/network', unregistered],
  [group({ template: { address: '10.1' } }), 'form-invalid /spec/template/address', unregistered],
  [group({ probe: {} }), 'field-missing /spec/probe', unregistered],
  [group({ probe: { grpc: { port: 80 } } }), unregistered],
  [group({ probe: { tcpSocket: { port: 0 } } }), 'out-of-range /spec/probe/tcpSocket/port', unregistered],
  [
    group({ probe: { httpGet: { port: 80 }, exec: { command: ['a'] } } }),
    'field-conflict /spec/probe/exec',
    unregistered,
  ],
  [group({ probe: { exec: { command: [] } } }), 'field-missing /spec/probe/exec/command', unregistered],
  [group({ probe: { httpGet: { port: 80, scheme: 'FTP' } } }), 'unknown-word /spec/probe/httpGet/scheme', unregistered],
]
