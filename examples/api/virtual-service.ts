// Every field of a VirtualService: how requests and connections are told apart, where they go, and what happens on the way.
import { istio } from 'meshwright'

export * from './services.ts'

const catalog = 'catalog.shop.svc.cluster.local'
const headers = {
  request: { set: { 'x-from': 'web' }, add: { 'x-seen': 'yes' }, remove: ['x-debug'] },
  response: { set: { 'x-by': 'catalog' }, add: { 'x-hop': '1' }, remove: ['server'] },
}

export const catalogRules = istio.virtualService({
  metadata: { name: 'catalog' },
  spec: {
    hosts: [catalog],
    gateways: ['mesh', 'front'],
    exportTo: ['.'],
    http: [
      {
        name: 'exact',
        match: [
          {
            name: 'everything',
            uri: { exact: '/items' },
            scheme: { exact: 'http' },
            method: { exact: 'GET' },
            authority: { exact: 'catalog' },
            headers: { 'x-tier': { exact: 'gold' } },
            withoutHeaders: { 'x-robot': { exact: 'yes' } },
            queryParams: { page: { exact: '1' } },
            ignoreUriCase: true,
            port: 8080,
            statPrefix: 'items',
            gateways: ['mesh'],
          },
        ],
        route: [
          { destination: { host: catalog, subset: 'v1', port: { number: 8080 } }, weight: 90, headers },
          { destination: { host: catalog, subset: 'v2', port: { number: 8080 } }, weight: 10 },
        ],
        headers,
        timeout: '5s',
        retries: {
          attempts: 3,
          perTryTimeout: '1s',
          retryOn: 'gateway-error,503',
          retryRemoteLocalities: true,
          retryIgnorePreviousHosts: false,
          backoff: '50ms',
        },
        fault: {
          delay: { fixedDelay: '2s', percentage: { value: 0.5 } },
          abort: { httpStatus: 503, percentage: { value: 0.1 } },
        },
        mirrors: [{ destination: { host: catalog, subset: 'v2', port: { number: 8080 } }, percentage: { value: 5 } }],
        corsPolicy: {
          allowOrigins: [
            { exact: 'https://shop.example' },
            { prefix: 'https://shop.example:' },
            { regex: 'https://.*[.]shop[.]example' },
          ],
          allowMethods: ['GET', 'POST'],
          allowHeaders: ['x-tier'],
          exposeHeaders: ['x-by'],
          maxAge: '24h',
          allowCredentials: true,
          unmatchedPreflights: 'IGNORE',
        },
      },
      {
        name: 'prefix',
        match: [
          {
            uri: { prefix: '/old/' },
            scheme: { prefix: 'http' },
            method: { prefix: 'P' },
            authority: { prefix: 'catalog.' },
            headers: { 'x-tier': { prefix: 'gold-' } },
            withoutHeaders: { 'x-robot': { prefix: 'bot-' } },
            queryParams: { page: { prefix: '1' } },
          },
        ],
        rewrite: { uri: '/new/', authority: 'catalog.example' },
        fault: {
          abort: { grpcStatus: 'UNAVAILABLE', percentage: { value: 100 } },
          delay: { fixedDelay: '1s', percent: 10 },
        },
        mirror: { host: catalog, subset: 'v2', port: { number: 8080 } },
        mirrorPercentage: { value: 20 },
        route: [{ destination: { host: catalog } }],
      },
      {
        name: 'regex',
        match: [
          {
            uri: { regex: '/items/[0-9]+' },
            scheme: { regex: 'https?' },
            method: { regex: 'GET|HEAD' },
            authority: { regex: 'catalog.*' },
            headers: { 'x-tier': { regex: 'gold|silver' } },
            withoutHeaders: { 'x-robot': { regex: '.*bot' } },
            queryParams: { page: { regex: '[0-9]+' } },
          },
        ],
        rewrite: { uriRegexRewrite: { match: '/items/([0-9]+)', rewrite: '/item/\\1' } },
        mirror: { host: catalog },
        mirrorPercent: 30,
        corsPolicy: { allowOrigin: ['https://shop.example'] },
        route: [{ destination: { host: catalog } }],
      },
      {
        name: 'workloads',
        match: [{ sourceLabels: { app: 'web' }, sourceNamespace: 'shop' }],
        mirror: { host: catalog },
        mirror_percent: 40,
        route: [{ destination: { host: catalog } }],
      },
      {
        name: 'moved',
        match: [{ uri: { prefix: '/moved' } }],
        redirect: { uri: '/here', authority: 'shop.example', scheme: 'https', port: 8443, redirectCode: 308 },
      },
      {
        name: 'moved-below',
        match: [{ uri: { prefix: '/below' } }],
        redirect: { prefixRewrite: '/above', derivePort: 'FROM_REQUEST_PORT' },
      },
      {
        name: 'answered',
        match: [{ uri: { prefix: '/text' } }],
        directResponse: { status: 200, body: { string: 'closed for today' } },
      },
      {
        name: 'answered-in-bytes',
        match: [{ uri: { prefix: '/bytes' } }],
        directResponse: { status: 503, body: { bytes: 'Y2xvc2Vk' } },
      },
    ],
  },
})

export const delegating = istio.virtualService({
  metadata: { name: 'web' },
  spec: {
    hosts: ['shop.example'],
    gateways: ['front'],
    http: [{ match: [{ uri: { prefix: '/team' } }], delegate: { name: 'team', namespace: 'shop' } }],
  },
})

export const delegated = istio.virtualService({
  metadata: { name: 'team' },
  spec: { http: [{ route: [{ destination: { host: 'web' } }] }] },
})

export const vaultRules = istio.virtualService({
  metadata: { name: 'vault' },
  spec: {
    hosts: ['vault.shop.svc.cluster.local'],
    tls: [
      {
        match: [
          {
            sniHosts: ['vault.shop.svc.cluster.local'],
            destinationSubnets: ['10.0.0.0/8'],
            port: 8443,
            gateways: ['mesh'],
          },
          { sniHosts: ['vault.shop.svc.cluster.local'], sourceLabels: { app: 'web' }, sourceNamespace: 'shop' },
        ],
        route: [
          { destination: { host: 'vault.shop.svc.cluster.local', subset: 'v1', port: { number: 8443 } }, weight: 75 },
          { destination: { host: 'vault.shop.svc.cluster.local', subset: 'v2', port: { number: 8443 } }, weight: 25 },
        ],
      },
    ],
  },
})

export const storeRules = istio.virtualService({
  metadata: { name: 'store' },
  spec: {
    hosts: ['store.shop.svc.cluster.local'],
    tcp: [
      {
        match: [
          {
            destinationSubnets: ['10.0.0.0/8'],
            port: 6379,
            sourceSubnet: '10.1.0.0/16',
            gateways: ['mesh'],
          },
          { sourceLabels: { app: 'web' }, sourceNamespace: 'shop' },
        ],
        route: [
          { destination: { host: 'store.shop.svc.cluster.local', subset: 'v1', port: { number: 6379 } }, weight: 60 },
          { destination: { host: 'store.shop.svc.cluster.local', subset: 'v2', port: { number: 6379 } }, weight: 40 },
        ],
      },
    ],
  },
})
