import { istio } from 'meshwright'

export function gatewayOn(port: { number: number; name: string }) {
  const { number, name } = port
  return istio.gateway({
    metadata: { name: 'shop' },
    spec: { servers: [{ hosts: ['shop.example'], port: { number, name, protocol: 'HTTP' } }] },
  })
}
