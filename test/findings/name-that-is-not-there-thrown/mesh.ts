import { gatewayOn } from './a-gateway.ts'
import * as ports from './ports.ts'

export const shop = gatewayOn(ports.web)
