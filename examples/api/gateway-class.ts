// Every field of a GatewayClass: a class of Gateways that Meshwright serves.
import { gatewayApi } from 'meshwright'

export const shopClass = gatewayApi.gatewayClass({
  metadata: { name: 'shop' },
  spec: {
    controllerName: 'meshwright.dev/gateway-controller',
    description: 'Gateways of the shop',
  },
})

/** A class with parameters, of which Meshwright has none: it is not accepted, and its Gateways are not served. */
export const tailoredClass = gatewayApi.gatewayClass({
  metadata: { name: 'tailored' },
  spec: {
    controllerName: 'meshwright.dev/gateway-controller',
    parametersRef: { group: '', kind: 'ConfigMap', name: 'shop-gateways', namespace: 'shop' },
  },
})

export const annex = gatewayApi.gateway({
  metadata: { name: 'annex' },
  spec: { gatewayClassName: 'shop', listeners: [{ name: 'http', port: 8087, protocol: 'HTTP' }] },
})
