// Every field of a ProxyConfig: what is different about the proxies of some workloads before they know of any mesh.
import { istio } from 'meshwright'

export const lively = istio.proxyConfig({
  metadata: { name: 'lively' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    concurrency: 4,
    environmentVariables: { ISTIO_META_DNS_CAPTURE: 'true' },
    image: { imageType: 'distroless' },
  },
})
