import { isIP, isIPv4 } from 'node:net'
import { optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import type { UpOptions } from '../local/up.ts'
import { readParams } from './params.ts'

/** The options of `mesh up` as they are typed. */
export interface UpFlags {
  readonly detach?: true
  readonly wait: string
  readonly envoy?: string
  readonly gatewayPort?: readonly string[]
  readonly gatewayAddress: string
  readonly addressRange: string
  readonly param?: readonly string[]
}

/**
 * Reads the options of `mesh up`.
 *
 * @throws Failure naming the option that has the wrong form
 */
export function upOptions(path: string, flags: UpFlags): Omit<UpOptions, 'createDelivery'> {
  const { gatewayAddress, addressRange } = flags
  if (isIP(gatewayAddress) === 0)
    throw invalid(`--gateway-address ${gatewayAddress}`, 'is no IP address', 'for example --gateway-address 0.0.0.0')
  if (!isIPv4(addressRange) || !addressRange.startsWith('127.'))
    throw invalid(`--address-range ${addressRange}`, 'is no loopback address', 'for example --address-range 127.2.0.0')
  if (!(Number(flags.wait) > 0))
    throw invalid(`--wait ${flags.wait}`, 'is no number of seconds', 'for example --wait 120')
  return {
    path,
    env: process.env,
    params: readParams(flags.param),
    allocate: { gatewayAddress, range: addressRange, gatewayPorts: readGatewayPorts(flags.gatewayPort ?? []) },
    ...(flags.envoy === undefined ? {} : { envoy: flags.envoy }),
  }
}

/** By the gateway's port; 0 stands for the first one, whatever its number. */
function readGatewayPorts(values: readonly string[]): { [port: number]: number } {
  return Object.fromEntries(
    values.map(value => {
      const [, from, to] = /^(?:(\d{1,5})=)?(\d{1,5})$/.exec(value) ?? []
      const port = Number(to)
      if (!(port >= 1 && port <= 65_535))
        throw invalid(`--gateway-port ${value}`, 'is no port', 'for example --gateway-port 8081, or 8080=8081')
      return [Number(from ?? 0), port]
    }),
  )
}

function invalid(option: string, problem: string, remedy: string): Failure {
  return new Failure(optionInvalid({}, { option, problem, remedy }))
}
