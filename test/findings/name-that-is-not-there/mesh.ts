import { istio } from 'meshwright'
import * as ports from './ports.ts'

export const shop = istio.gateway({
  metadata: { name: 'shop' },
  spec: {
    servers: [
      {
        hosts: ['shop.example'],
        port: ports.web,
      },
    ],
  },
})
